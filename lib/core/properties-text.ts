/** Settings of a properties file, in the order in which they are written; what is undefined is left out. */
export type Properties = Readonly<Record<string, string | number | boolean | undefined>>;

/** Settings as lines of `key=value`. */
export function propertiesText(properties: Properties): string {
  return linesOf(Object.entries(properties))
    .map((line) => `${line}\n`)
    .join('');
}

/**
 * A file in sections, each below a comment with its title. A setting that is `given` replaces the default in its place, and
 * stands in the first section that has it; only those whose key is to be kept are written.
 */
export function sectionsText(
  sections: readonly (readonly [title: string, defaults: Properties])[],
  given: Properties,
  keep: (key: string) => boolean = () => true,
): string {
  const placed = new Set<string>();
  const blocks = sections.map(([title, defaults]) => {
    const keys = Object.keys(defaults).filter((key) => !placed.has(key));
    for (const key of keys) placed.add(key);
    const lines = linesOf(keys.filter(keep).map((key) => [key, given[key] ?? defaults[key]]));
    return lines.length > 0 ? [`# ${title}`, ...lines, ''].join('\n') : '';
  });
  return blocks.filter(Boolean).join('\n');
}

function linesOf(entries: readonly (readonly [string, Properties[string]])[]): string[] {
  return entries.filter(([, value]) => value !== undefined).map(([key, value]) => `${key}=${value}`);
}
