/** One value of a metric: its labels, the value, and the end of its name where that differs. */
export type Sample = [labels: Record<string, string>, value: number, suffix?: string];

/**
 * A metric with its samples, in the exposition format; nothing while there are none.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function family(
  name: string,
  type: 'gauge' | 'counter' | 'summary',
  help: string,
  common: Record<string, string>,
  samples: readonly Sample[],
): string {
  if (samples.length === 0) return '';
  const lines = samples.map(([labels, value, suffix = '']) => {
    const all = Object.entries({ ...common, ...labels }).map(([key, text]) => `${key}="${escaped(text)}"`);
    return `${name}${suffix}{${all.join(',')}} ${Number(value.toFixed(3))}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function escaped(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
}
