import { randomUUID } from "node:crypto";
import { ErrorCode } from "../protocol/errorCodes.ts";
import {
  chooseProtocol,
  commonProtocols,
  type JoinRequest,
  type JoinResult,
  type Member,
  metadataFor,
  newMember,
  type SyncResult,
  sameProtocols,
  updateMember,
} from "./member.ts";
import type { OnClose } from "./onClose.ts";
import { PromisedIds } from "./promisedIds.ts";

export type GroupState = "Empty" | "PreparingRebalance" | "CompletingRebalance" | "Stable";

export interface GroupLimits {
  initialRebalanceDelayMs: number;
  groupMaxSize: number;
}

const MAX_CLIENT_ID_IN_MEMBER_ID = 200;
const NO_ASSIGNMENT: Buffer = Buffer.alloc(0);

/**
 * One consumer group and its rebalances.
 *
 *   Empty                a first member joins: wait `initialRebalanceDelayMs`, so that a fleet starting
 *                        together makes one generation, and again while more keep coming
 *   PreparingRebalance   collects a JoinGroup from every member; those that stay away until the rebalance
 *                        timeout are out. Complete: a new generation, every join is answered
 *   CompletingRebalance  waits for the leader's SyncGroup, which brings the assignment; members that do not
 *                        sync within the rebalance timeout are out
 *   Stable               until a member joins anew, leaves, or lets its session time out
 *
 * A member that waits for an answer does not time out; when its connection closes before a join is answered
 * it is out. Static members (group.instance.id) are treated as dynamic ones, but a new one with an instance
 * id takes over from the old: no waiting for the old one's session to end.
 */
export class Group {
  readonly id: string;
  readonly #limits: GroupLimits;
  readonly members = new Map<string, Member>();
  readonly #promised = new PromisedIds(() => this.#completeIfAllJoined());
  readonly #synced = new Set<string>();
  #barrier: NodeJS.Timeout | null = null;
  #collectingFirstMembers = false;
  #moreCame = false;
  #leader = "";
  state: GroupState = "Empty";
  generation = 0;
  protocolType = "";
  protocol = "";

  constructor(id: string, limits: GroupLimits) {
    this.id = id;
    this.#limits = limits;
  }

  get unused(): boolean {
    return this.members.size === 0 && this.#promised.size === 0;
  }

  join(request: JoinRequest, onClose: OnClose): Promise<JoinResult> {
    const refusal = this.#refuse(request);
    if (refusal !== ErrorCode.NONE) return Promise.resolve(failedJoin(refusal, request.memberId));
    const { memberId } = request;
    if (memberId === "") {
      if (request.instanceId !== null) this.#takeOver(request.instanceId);
      const id = `${request.clientId.slice(0, MAX_CLIENT_ID_IN_MEMBER_ID)}-${randomUUID()}`;
      if (request.memberIdRequired && request.instanceId === null) {
        this.#promised.add(id, request.sessionTimeoutMs, onClose);
        return Promise.resolve(failedJoin(ErrorCode.MEMBER_ID_REQUIRED, id));
      }
      return this.#admit(id, request, onClose);
    }
    if (this.#promised.take(memberId)) return this.#admit(memberId, request, onClose);
    const member = this.members.get(memberId);
    if (member === undefined) return Promise.resolve(failedJoin(ErrorCode.UNKNOWN_MEMBER_ID, memberId));
    return this.#rejoin(member, request, onClose);
  }

  #refuse(request: JoinRequest): ErrorCode {
    const known = this.members.get(request.memberId);
    if (known === undefined && this.members.size + this.#promised.size >= this.#limits.groupMaxSize) {
      if (!this.#promised.has(request.memberId)) return ErrorCode.GROUP_MAX_SIZE_REACHED;
    }
    if (request.protocolType === "" || request.protocols.length === 0) {
      return ErrorCode.INCONSISTENT_GROUP_PROTOCOL;
    }
    const others = [...this.members.values()].filter((member) => member !== known);
    if (others.length === 0) return ErrorCode.NONE;
    const common = commonProtocols(others);
    const agrees =
      request.protocolType === this.protocolType &&
      request.protocols.some(({ name }) => common.includes(name));
    return agrees ? ErrorCode.NONE : ErrorCode.INCONSISTENT_GROUP_PROTOCOL;
  }

  #takeOver(instanceId: string): void {
    for (const member of this.members.values()) {
      if (member.instanceId === instanceId) this.#remove(member, ErrorCode.FENCED_INSTANCE_ID);
    }
  }

  #admit(id: string, request: JoinRequest, onClose: OnClose): Promise<JoinResult> {
    const member = newMember(id, request);
    this.members.set(id, member);
    this.protocolType = request.protocolType;
    this.#moreCame = true;
    const joined = this.#waitForOthers(member, onClose);
    if (this.state === "PreparingRebalance") this.#completeIfAllJoined();
    else this.#prepareRebalance();
    return joined;
  }

  #rejoin(member: Member, request: JoinRequest, onClose: OnClose): Promise<JoinResult> {
    const unchanged = sameProtocols(member, request);
    updateMember(member, request);
    const settled =
      (this.state === "Stable" && unchanged && member.id !== this.#leader) ||
      (this.state === "CompletingRebalance" && unchanged);
    if (settled) {
      this.#restartSession(member);
      return Promise.resolve(this.#joinResult(member));
    }
    const joined = this.#waitForOthers(member, onClose);
    if (this.state === "PreparingRebalance") this.#completeIfAllJoined();
    else this.#prepareRebalance();
    return joined;
  }

  #waitForOthers(member: Member, onClose: OnClose): Promise<JoinResult> {
    clearTimeout(member.sessionTimer ?? undefined);
    member.waitingJoin?.resolve(failedJoin(ErrorCode.REBALANCE_IN_PROGRESS, member.id));
    return new Promise((resolve) => {
      const offClose = onClose(() => {
        if (member.waitingJoin === waiting) this.#removeAndRebalance(member, ErrorCode.UNKNOWN_MEMBER_ID);
      });
      const waiting = {
        resolve: (result: JoinResult) => {
          member.waitingJoin = null;
          offClose();
          resolve(result);
        },
      };
      member.waitingJoin = waiting;
    });
  }

  #prepareRebalance(): void {
    const wasEmpty = this.state === "Empty";
    for (const member of this.members.values()) {
      member.waitingSync?.resolve({ error: ErrorCode.REBALANCE_IN_PROGRESS, assignment: NO_ASSIGNMENT });
    }
    this.state = "PreparingRebalance";
    if (wasEmpty) {
      this.#collectFirstMembers(this.#rebalanceTimeoutMs());
    } else {
      this.#startBarrier(this.#rebalanceTimeoutMs(), () => this.#completeJoin());
      this.#completeIfAllJoined();
    }
  }

  #collectFirstMembers(remainingMs: number): void {
    this.#collectingFirstMembers = true;
    this.#moreCame = false;
    const delay = Math.min(this.#limits.initialRebalanceDelayMs, remainingMs);
    this.#startBarrier(delay, () => {
      if (this.#moreCame && remainingMs > delay) this.#collectFirstMembers(remainingMs - delay);
      else this.#completeJoin();
    });
  }

  #completeIfAllJoined(): void {
    if (this.state !== "PreparingRebalance" || this.#collectingFirstMembers || this.#promised.size > 0)
      return;
    for (const member of this.members.values()) if (member.waitingJoin === null) return;
    this.#completeJoin();
  }

  #completeJoin(): void {
    this.#stopBarrier();
    this.#collectingFirstMembers = false;
    for (const member of this.members.values()) {
      if (member.waitingJoin === null) this.#remove(member, ErrorCode.UNKNOWN_MEMBER_ID);
    }
    this.generation++;
    if (this.members.size === 0) {
      this.state = "Empty";
      this.protocol = "";
      return;
    }
    this.protocol = chooseProtocol(this.members.values());
    if (!this.members.has(this.#leader)) this.#leader = this.members.keys().next().value!;
    this.state = "CompletingRebalance";
    this.#synced.clear();
    this.#startBarrier(this.#rebalanceTimeoutMs(), () => this.#expelUnsynced());
    for (const member of this.members.values()) {
      member.assignment = NO_ASSIGNMENT;
      this.#restartSession(member);
      member.waitingJoin?.resolve(this.#joinResult(member));
    }
  }

  #joinResult(member: Member): JoinResult {
    const members =
      member.id === this.#leader
        ? Array.from(this.members.values(), (other) => ({
            memberId: other.id,
            instanceId: other.instanceId,
            metadata: metadataFor(other, this.protocol),
          }))
        : [];
    return {
      error: ErrorCode.NONE,
      generation: this.generation,
      protocol: this.protocol,
      leader: this.#leader,
      memberId: member.id,
      members,
    };
  }

  sync(
    memberId: string,
    generation: number,
    /** What the member takes for the group's; null where it does not say. */
    taken: { protocolType: string | null; protocol: string | null },
    assignments: { memberId: string; assignment: Buffer }[],
    onClose: OnClose,
  ): Promise<SyncResult> {
    const answer = (error: ErrorCode, assignment = NO_ASSIGNMENT) => Promise.resolve({ error, assignment });
    const member = this.members.get(memberId);
    if (member === undefined) return answer(ErrorCode.UNKNOWN_MEMBER_ID);
    if (generation !== this.generation) return answer(ErrorCode.ILLEGAL_GENERATION);
    if (this.state === "PreparingRebalance") return answer(ErrorCode.REBALANCE_IN_PROGRESS);
    if (
      (taken.protocolType ?? this.protocolType) !== this.protocolType ||
      (taken.protocol ?? this.protocol) !== this.protocol
    )
      return answer(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    this.#restartSession(member);
    if (this.state === "Stable") return answer(ErrorCode.NONE, member.assignment);
    this.#synced.add(memberId);
    if (memberId !== this.#leader) return this.#waitForAssignment(member, onClose);
    for (const { memberId: id, assignment } of assignments) {
      const assigned = this.members.get(id);
      if (assigned !== undefined) assigned.assignment = Buffer.from(assignment);
    }
    this.state = "Stable";
    if (this.#synced.size === this.members.size) this.#stopBarrier();
    for (const waiting of this.members.values()) {
      waiting.waitingSync?.resolve({ error: ErrorCode.NONE, assignment: waiting.assignment });
    }
    return answer(ErrorCode.NONE, member.assignment);
  }

  #waitForAssignment(member: Member, onClose: OnClose): Promise<SyncResult> {
    clearTimeout(member.sessionTimer ?? undefined);
    member.waitingSync?.resolve({ error: ErrorCode.REBALANCE_IN_PROGRESS, assignment: NO_ASSIGNMENT });
    return new Promise((resolve) => {
      const finish = (result: SyncResult) => {
        if (member.waitingSync === waiting) member.waitingSync = null;
        offClose();
        if (this.members.has(member.id)) this.#restartSession(member);
        resolve(result);
      };
      const waiting = { resolve: finish };
      const offClose = onClose(() =>
        finish({ error: ErrorCode.REBALANCE_IN_PROGRESS, assignment: NO_ASSIGNMENT }),
      );
      member.waitingSync = waiting;
    });
  }

  #expelUnsynced(): void {
    const silent = [...this.members.values()].filter(({ id }) => !this.#synced.has(id));
    for (const member of silent) this.#remove(member, ErrorCode.UNKNOWN_MEMBER_ID);
    if (silent.length > 0) this.#prepareRebalance();
  }

  heartbeat(memberId: string, generation: number): ErrorCode {
    const error = this.#checkMember(memberId, generation);
    if (error !== ErrorCode.NONE) return error;
    return this.state === "PreparingRebalance" ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;
  }

  /** Whether this member may commit offsets now; a commit is a sign of life. */
  checkCommit(memberId: string, generation: number): ErrorCode {
    if (generation < 0 && memberId === "") {
      return this.state === "Empty" ? ErrorCode.NONE : ErrorCode.UNKNOWN_MEMBER_ID;
    }
    const error = this.#checkMember(memberId, generation);
    if (error !== ErrorCode.NONE) return error;
    return this.state === "CompletingRebalance" ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;
  }

  #checkMember(memberId: string, generation: number): ErrorCode {
    const member = this.members.get(memberId);
    if (member === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
    if (generation !== this.generation) return ErrorCode.ILLEGAL_GENERATION;
    if (member.waitingJoin === null && member.waitingSync === null) this.#restartSession(member);
    return ErrorCode.NONE;
  }

  leave(memberId: string, instanceId: string | null): ErrorCode {
    if (this.#promised.take(memberId)) {
      this.#completeIfAllJoined();
      return ErrorCode.NONE;
    }
    const member =
      memberId === "" && instanceId !== null
        ? [...this.members.values()].find((other) => other.instanceId === instanceId)
        : this.members.get(memberId);
    if (member === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
    this.#removeAndRebalance(member, ErrorCode.UNKNOWN_MEMBER_ID);
    return ErrorCode.NONE;
  }

  #restartSession(member: Member): void {
    clearTimeout(member.sessionTimer ?? undefined);
    member.sessionTimer = setTimeout(() => {
      if (member.waitingJoin === null && member.waitingSync === null) {
        this.#removeAndRebalance(member, ErrorCode.UNKNOWN_MEMBER_ID);
      }
    }, member.sessionTimeoutMs).unref();
  }

  #removeAndRebalance(member: Member, error: ErrorCode): void {
    this.#remove(member, error);
    if (this.state === "PreparingRebalance") this.#completeIfAllJoined();
    else if (this.state !== "Empty") this.#prepareRebalance();
  }

  #remove(member: Member, error: ErrorCode): void {
    this.members.delete(member.id);
    clearTimeout(member.sessionTimer ?? undefined);
    member.waitingJoin?.resolve(failedJoin(error, member.id));
    member.waitingSync?.resolve({ error, assignment: NO_ASSIGNMENT });
  }

  #rebalanceTimeoutMs(): number {
    return Math.max(0, ...Array.from(this.members.values(), (member) => member.rebalanceTimeoutMs));
  }

  #startBarrier(delayMs: number, then: () => void): void {
    this.#stopBarrier();
    this.#barrier = setTimeout(then, delayMs).unref();
  }

  #stopBarrier(): void {
    clearTimeout(this.#barrier ?? undefined);
    this.#barrier = null;
  }

  /** The broker stops: nothing is to happen later. */
  stop(): void {
    this.#stopBarrier();
    this.#promised.clear();
    for (const member of [...this.members.values()]) this.#remove(member, ErrorCode.UNKNOWN_MEMBER_ID);
  }
}

export function failedJoin(error: ErrorCode, memberId: string): JoinResult {
  return { error, generation: -1, protocol: "", leader: "", memberId, members: [] };
}
