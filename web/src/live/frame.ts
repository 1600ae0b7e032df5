const queue = new Set<() => void>();

function flush(): void {
  const due = [...queue];
  queue.clear();
  for (const run of due) run();
}

/**
 * Runs at the next frame, together with all else that waits for it, so that the page is drawn once however many messages
 * came. At once in a hidden page, which has no frames.
 */
export function atFrame(run: () => void): void {
  if (document.visibilityState === "hidden") run();
  else {
    if (queue.size === 0) requestAnimationFrame(flush);
    queue.add(run);
  }
}
