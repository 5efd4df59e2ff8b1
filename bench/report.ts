import type { Times } from './measure';

/** A line of the table. */
export interface Row {
  readonly what: string;
  readonly measured: Times;
  /** What it is compared with. */
  readonly floor: Times;
  /** Largest ratio of CPU time that is good. */
  readonly goal?: number;
  /** Largest CPU time in seconds that is good, instead. */
  readonly most?: number;
}

const milliseconds = (seconds: number): string => (seconds * 1000).toFixed(seconds < 0.02 ? 2 : 0);

/** Both times with their ratio. */
function cells(row: Row, time: keyof Times): string[] {
  const { measured, floor } = row;
  return [
    `${milliseconds(measured[time])} / ${milliseconds(floor[time])}`,
    (measured[time] / floor[time]).toFixed(2),
  ];
}

function goal({ measured, floor, goal: ratio, most }: Row): string[] {
  if (ratio !== undefined) return [`ratio <= ${ratio}`, measured.cpu / floor.cpu <= ratio ? 'yes' : 'NO'];
  if (most !== undefined) return [`<= ${milliseconds(most)} ms`, measured.cpu <= most ? 'yes' : 'NO'];
  return ['', ''];
}

/** The figures as a table in Markdown. */
export function table(rows: readonly Row[], rounds: number): string {
  const head = ['', 'CPU, ms', 'ratio', 'wall, ms', 'ratio', 'goal (CPU)', 'met'];
  const lines = rows.map((row) => [row.what, ...cells(row, 'cpu'), ...cells(row, 'wall'), ...goal(row)]);
  const widths = head.map((title, column) =>
    Math.max(title.length, ...lines.map((line) => line[column].length)),
  );
  const format = (line: readonly string[]) =>
    `| ${line.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return [
    `Medians of ${rounds} interleaved rounds; CPU is user and system time. Node.js ${process.version}.`,
    '',
    format(head),
    rule,
    ...lines.map(format),
    '',
  ].join('\n');
}
