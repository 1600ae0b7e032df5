export interface CommittedOffset {
  topicId: string;
  topic: string;
  partition: number;
  offset: number;
  leaderEpoch: number;
  metadata: string;
  /** When it was committed, ms. */
  at: number;
}

/** One line of `offsets.log`. */
export type Change =
  | { op: "commit"; group: string; protocolType: string; offsets: CommittedOffset[] }
  | { op: "dropTopic"; topicId: string }
  | { op: "dropGroup"; group: string };

export type OffsetsByGroup = Map<string, { protocolType: string; offsets: Map<string, CommittedOffset> }>;

export function applyChange(groups: OffsetsByGroup, change: Change): void {
  switch (change.op) {
    case "commit": {
      const group = groups.get(change.group) ?? { protocolType: "", offsets: new Map() };
      if (change.protocolType !== "") group.protocolType = change.protocolType;
      for (const offset of change.offsets) group.offsets.set(`${offset.topicId}/${offset.partition}`, offset);
      groups.set(change.group, group);
      return;
    }
    case "dropTopic":
      for (const [name, { offsets }] of groups) {
        for (const [key, { topicId }] of offsets) if (topicId === change.topicId) offsets.delete(key);
        if (offsets.size === 0) groups.delete(name);
      }
      return;
    case "dropGroup":
      groups.delete(change.group);
  }
}
