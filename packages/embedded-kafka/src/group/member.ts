import type { ErrorCode } from "../protocol/errorCodes.ts";

export interface MemberProtocol {
  name: string;
  metadata: Buffer;
}

export interface JoinRequest {
  memberId: string;
  instanceId: string | null;
  clientId: string;
  clientHost: string;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  protocolType: string;
  protocols: MemberProtocol[];
  /** From JoinGroup v4 on a new member is told its id first and joins with it. */
  memberIdRequired: boolean;
}

export interface JoinResult {
  error: ErrorCode;
  generation: number;
  protocol: string;
  leader: string;
  memberId: string;
  /** For the leader alone; empty for the others. */
  members: { memberId: string; instanceId: string | null; metadata: Buffer }[];
}

export interface SyncResult {
  error: ErrorCode;
  assignment: Buffer;
}

/** A request that waits for the other members. */
export interface Waiting<T> {
  resolve: (result: T) => void;
}

export interface Member {
  id: string;
  instanceId: string | null;
  clientId: string;
  clientHost: string;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  protocols: MemberProtocol[];
  assignment: Buffer;
  waitingJoin: Waiting<JoinResult> | null;
  waitingSync: Waiting<SyncResult> | null;
  sessionTimer: NodeJS.Timeout | null;
}

/** The metadata are views into the request's frame, which must not be kept alive by them. */
export function newMember(id: string, request: JoinRequest): Member {
  return {
    id,
    instanceId: request.instanceId,
    clientId: request.clientId,
    clientHost: request.clientHost,
    sessionTimeoutMs: request.sessionTimeoutMs,
    rebalanceTimeoutMs: request.rebalanceTimeoutMs,
    protocols: copyProtocols(request.protocols),
    assignment: Buffer.alloc(0),
    waitingJoin: null,
    waitingSync: null,
    sessionTimer: null,
  };
}

export function updateMember(member: Member, request: JoinRequest): void {
  member.sessionTimeoutMs = request.sessionTimeoutMs;
  member.rebalanceTimeoutMs = request.rebalanceTimeoutMs;
  member.protocols = copyProtocols(request.protocols);
}

export function sameProtocols(member: Member, request: JoinRequest): boolean {
  return (
    member.protocols.length === request.protocols.length &&
    member.protocols.every(({ name, metadata }, i) => {
      const other = request.protocols[i]!;
      return other.name === name && metadata.equals(other.metadata);
    })
  );
}

export function metadataFor(member: Member, protocol: string): Buffer {
  return member.protocols.find(({ name }) => name === protocol)?.metadata ?? Buffer.alloc(0);
}

function copyProtocols(protocols: MemberProtocol[]): MemberProtocol[] {
  return protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) }));
}

/** Protocols that every member knows, in the order of the first one's liking. */
export function commonProtocols(members: Iterable<Member>): string[] {
  const [first, ...others] = [...members].map(({ protocols }) => protocols.map(({ name }) => name));
  return (first ?? []).filter((name) => others.every((names) => names.includes(name)));
}

/** Each member votes for the first common protocol on its own list; most votes win. */
export function chooseProtocol(members: Iterable<Member>): string {
  const all = [...members];
  const candidates = new Map(commonProtocols(all).map((name) => [name, 0]));
  for (const { protocols } of all) {
    const vote = protocols.find(({ name }) => candidates.has(name));
    if (vote !== undefined) candidates.set(vote.name, candidates.get(vote.name)! + 1);
  }
  const [winner] = [...candidates].sort(([, a], [, b]) => b - a);
  return winner?.[0] ?? "";
}
