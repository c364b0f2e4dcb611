/** For tests only: what is done as somebody whom folders can be closed to. */

/** Does something as another user where the tests run as root, who may read everything. One thing at a time. */
export async function asNobody<T>(does: () => Promise<T>): Promise<T> {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    return await does();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}
