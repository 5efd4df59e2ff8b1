/**
 * The lines of server.properties: `texts` one after the other, of which later ones win. What is set again is left out, so
 * that each setting stands in the file once. https://docs.oracle.com/javase/8/docs/api/java/util/Properties.html
 */
export function mergeProperties(...texts: readonly string[]): string {
  const settings = texts.flatMap(logicalLines).map((line) => ({ line, name: nameOf(line) }));
  const last = new Map(settings.map(({ name }, index) => [name, index]));
  const kept = settings.filter(({ name }, index) => last.get(name) === index);
  return kept.map(({ line }) => `${line}\n`).join('');
}

/** Lines that set something; one that ends with a backslash goes on in the next. */
function logicalLines(text: string): string[] {
  const lines: string[] = [];
  let open: string | undefined;
  for (const natural of text.split(/\r?\n/)) {
    const line = natural.trimStart();
    if (open === undefined && (line === '' || /^[#!]/.test(line))) continue;
    const whole = (open ?? '') + line;
    open = /(^|[^\\])(\\\\)*\\$/.test(whole) ? whole.slice(0, -1) : undefined;
    if (open === undefined) lines.push(whole);
  }
  return open ? [...lines, open] : lines;
}

function nameOf(line: string): string {
  return (/^(?:\\.|[^\\=:\s])*/.exec(line)?.[0] ?? '').replace(/\\(.)/g, '$1');
}
