const PAGE_BITS = 16;

/** A set of positive 32-bit ids: a bit an id in pages of 8 KiB, so 256 MiB for whatever it holds, and usually little. */
export class IdSet {
  private readonly pages = new Map<number, Uint8Array>();

  add(id: number): void {
    const number = id >>> PAGE_BITS;
    let page = this.pages.get(number);
    if (!page) {
      page = new Uint8Array(1 << (PAGE_BITS - 3));
      this.pages.set(number, page);
    }
    const bit = id & ((1 << PAGE_BITS) - 1);
    page[bit >>> 3]! |= 1 << (bit & 7);
  }

  has(id: number): boolean {
    const bit = id & ((1 << PAGE_BITS) - 1);
    return ((this.pages.get(id >>> PAGE_BITS)?.[bit >>> 3] ?? 0) & (1 << (bit & 7))) !== 0;
  }
}
