/**
 * Notices that the process that started this one has ended.
 */

/** How often to look. A server that lives on for half a second holds nobody up. */
const LOOK_EVERY_MS = 500;

/** Calls `onEnd` once when the parent process has ended. Keeps no process alive by itself. */
export function watchParent(onEnd: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onEnd();
  }, LOOK_EVERY_MS);
  timer.unref();
}
