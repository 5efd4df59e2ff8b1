/**
 * What all of these come to, once all have ended: what goes on after another one has failed could still write.
 * @throws what the first that failed has thrown
 */
export async function allOf<T>(works: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(works);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}
