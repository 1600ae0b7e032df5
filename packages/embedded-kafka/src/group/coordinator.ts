import type { ResolvedOptions } from "../options.ts";
import { ErrorCode, KafkaError } from "../protocol/errorCodes.ts";
import { Group, type GroupState } from "./group.ts";
import { metadataFor } from "./member.ts";
import type { OffsetStore } from "./offsetStore.ts";

export interface GroupDescription {
  state: GroupState | "Dead";
  protocolType: string;
  protocol: string;
  members: {
    id: string;
    instanceId: string | null;
    clientId: string;
    clientHost: string;
    metadata: Buffer;
    assignment: Buffer;
  }[];
}

/** All groups: those with members, and those that are only committed offsets. */
export class GroupCoordinator {
  readonly #options: ResolvedOptions;
  readonly #groups = new Map<string, Group>();
  readonly offsets: OffsetStore;

  constructor(options: ResolvedOptions, offsets: OffsetStore) {
    this.#options = options;
    this.offsets = offsets;
  }

  get(id: string): Group | undefined {
    return this.#groups.get(id);
  }

  getOrCreate(id: string): Group {
    const known = this.#groups.get(id);
    if (known !== undefined) return known;
    if (this.#groups.size >= this.#options.maxGroups) this.#forgetUnused();
    if (this.#groups.size >= this.#options.maxGroups) {
      throw new KafkaError(ErrorCode.POLICY_VIOLATION, `at most ${this.#options.maxGroups} groups`);
    }
    const group = new Group(id, this.#options);
    this.#groups.set(id, group);
    return group;
  }

  /** A commit by someone who is no member is let in only where there are none. */
  checkCommit(groupId: string, memberId: string, generation: number): ErrorCode {
    const group = this.#groups.get(groupId);
    if (group !== undefined) return group.checkCommit(memberId, generation);
    return generation < 0 ? ErrorCode.NONE : ErrorCode.ILLEGAL_GENERATION;
  }

  list(): { id: string; protocolType: string }[] {
    const ids = new Set([...this.offsets.groupIds(), ...this.#groups.keys()]);
    return [...ids]
      .filter((id) => this.#exists(id))
      .map((id) => ({ id, protocolType: this.#protocolType(id) }));
  }

  describe(id: string): GroupDescription {
    const group = this.#groups.get(id);
    if (group === undefined || group.unused) {
      const state = this.#exists(id) ? "Empty" : "Dead";
      return { state, protocolType: this.#protocolType(id), protocol: "", members: [] };
    }
    const { state, protocolType } = group;
    const protocol = state === "Stable" ? group.protocol : "";
    const members = Array.from(group.members.values(), (member) => ({
      id: member.id,
      instanceId: member.instanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      metadata: metadataFor(member, protocol),
      assignment: member.assignment,
    }));
    return { state, protocolType, protocol, members };
  }

  async delete(id: string): Promise<ErrorCode> {
    if (!this.#exists(id)) return ErrorCode.GROUP_ID_NOT_FOUND;
    const group = this.#groups.get(id);
    if (group !== undefined && !group.unused) return ErrorCode.NON_EMPTY_GROUP;
    this.#groups.delete(id);
    await this.offsets.dropGroup(id);
    return ErrorCode.NONE;
  }

  /** Groups without members go: at once when they committed nothing, else when their offsets have expired. */
  async forgetIdle(now: number): Promise<void> {
    this.#forgetUnused();
    for (const id of this.offsets.groupIds()) {
      const idle = this.#groups.get(id)?.unused ?? true;
      if (idle && now - this.offsets.lastCommitAt(id) > this.#options.offsetsRetentionMs) {
        await this.offsets.dropGroup(id);
      }
    }
  }

  stop(): void {
    for (const group of this.#groups.values()) group.stop();
  }

  #forgetUnused(): void {
    for (const [id, group] of this.#groups)
      if (group.unused && !this.offsets.has(id)) this.#groups.delete(id);
  }

  #exists(id: string): boolean {
    return this.offsets.has(id) || this.#groups.get(id)?.unused === false;
  }

  #protocolType(id: string): string {
    return this.#groups.get(id)?.protocolType || this.offsets.protocolType(id);
  }
}
