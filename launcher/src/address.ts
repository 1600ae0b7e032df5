const EVERYWHERE: Record<string, string> = { "0.0.0.0": "127.0.0.1", "[::]": "[::1]" };

/** Where this machine reaches what listens at `url`: 0.0.0.0 and :: are every address, and none to go to. */
export function reachableUrl(url: string): string {
  const at = new URL(url);
  at.hostname = EVERYWHERE[at.hostname] ?? at.hostname;
  return at.origin;
}

/** Whether others than this machine may come in at `host`. */
export const isOpen = (host: string): boolean => !/^(127\.[\d.]+|::1|localhost\.?)$/i.test(host);
