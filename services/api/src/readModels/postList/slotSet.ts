/** A set of slots, a bit each: with a million posts a byte each would be collected garbage that is felt. */
export class SlotSet {
  private readonly words: Uint32Array;

  /** @param capacity more than any slot */
  constructor(capacity: number) {
    this.words = new Uint32Array((capacity + 31) >>> 5);
  }

  has(slot: number): boolean {
    return ((this.words[slot >>> 5]! >>> (slot & 31)) & 1) === 1;
  }

  add(slot: number): void {
    this.words[slot >>> 5]! |= 1 << (slot & 31);
  }

  put(slot: number, isIn: boolean): void {
    if (isIn) this.add(slot);
    else this.words[slot >>> 5]! &= ~(1 << (slot & 31));
  }

  /** Becomes those that are in both, which have its capacity. */
  intersect(one: SlotSet, other: SlotSet): void {
    const { words } = this;
    for (let word = 0; word < words.length; word++) words[word] = one.words[word]! & other.words[word]!;
  }

  /** In order. Words without any are passed over: most searches and filters leave few. */
  each(use: (slot: number) => void): void {
    const { words } = this;
    for (let word = 0; word < words.length; word++)
      for (let bits = words[word]!; bits !== 0; bits &= bits - 1)
        use(32 * word + 31 - Math.clz32(bits & -bits));
  }

  get size(): number {
    let size = 0;
    for (const word of this.words) size += bitsOf(word);
    return size;
  }
}

/** How many are set: counted by two, by four, by eight, then summed in the product's highest byte. */
function bitsOf(word: number): number {
  const twos = word - ((word >>> 1) & 0x55555555);
  const fours = (twos & 0x33333333) + ((twos >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
