/** Names as a list for messages, sorted: `"a", "b"`, or `none`. */
export function quoted(names: readonly string[]): string {
  return names.length === 0
    ? 'none'
    : [...names]
        .sort()
        .map((name) => `"${name}"`)
        .join(', ');
}
