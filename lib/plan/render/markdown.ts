import { planExitCode } from '../exit';
import { type Effect, type Plan, type PlannedSubject, VERDICTS } from '../types';
import { summary, told, WORDS } from './words';

/** First line of every plan in Markdown, by which a comment of a pull request is found again. */
export const MARKER = '<!-- cdk8s-stateful plan -->';

/** Longest comment that GitHub takes, with something to spare. */
const LONGEST = 60_000;

const ADVICE = {
  0: 'Nothing here needs a decision.',
  1: '**Somebody should say yes to this** before it is applied.',
  2: '**Do not apply this as it is**: it loses data, or the API server refuses it.',
};

/** A plan as a comment of a pull request; what is harmless is folded away. */
export function planMarkdown(plan: Plan): string {
  const head = [MARKER, `### Plan: ${summary(plan)}`, ADVICE[planExitCode(plan)]];
  const rows = VERDICTS.flatMap((verdict) => plan.subjects.flatMap((subject) => rowsOf(subject, verdict)));
  const open = rows.filter(({ folded }) => !folded).map(({ row }) => row);
  const folded = rows.filter((row) => row.folded).map(({ row }) => row);
  const parts = [
    { title: undefined, rows: open, table: true },
    { title: `${folded.length} without risk`, rows: folded, table: true },
    {
      title: `${plan.unknown.length} not known`,
      rows: plan.unknown.map((text) => `- ${cell(text)}`),
      table: false,
    },
  ];
  let room = LONGEST - head.join('\n\n').length;
  const blocks = parts
    .filter((part) => part.rows.length > 0)
    .map(({ title, rows, table }) => {
      const kept: string[] = [];
      for (const row of rows) {
        if (room < row.length + 1) break;
        room -= row.length + 1;
        kept.push(row);
      }
      const left = rows.length - kept.length;
      const body = [
        ...(table ? ['| Stack | What | Verdict | What happens |', '|---|---|---|---|'] : []),
        ...kept,
        ...(left > 0 ? ['', `and ${left} more, which do not fit into a comment`] : []),
      ].join('\n');
      return title === undefined ? body : `<details><summary>${title}</summary>\n\n${body}\n\n</details>`;
    });
  return `${[...head, ...blocks].join('\n\n')}\n`;
}

function rowsOf(
  { stack = '', name, effects }: PlannedSubject,
  verdict: Effect['verdict'],
): { row: string; folded: boolean }[] {
  return told(effects.filter((effect) => effect.verdict === verdict)).map(({ what, instead, needsYes }) => {
    const text = [what, needsYes && '**needs a yes**', instead && `*instead:* ${instead}`]
      .filter(Boolean)
      .join('<br>');
    const risky = ['data-lost', 'refused', 'outage'].includes(verdict);
    const word = risky ? `**${WORDS[verdict]}**` : WORDS[verdict];
    return {
      row: `| ${[stack, name, word, text].map(cell).join(' | ')} |`,
      folded: !needsYes && (verdict === 'applied-live' || verdict === 'nothing'),
    };
  });
}

/** Text in a cell: on one line, with nothing that ends it. `<br>` of our own stays. */
function cell(text: string): string {
  return text
    .split('<br>')
    .map((part) =>
      part.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('|', '\\|').replace(/\s+/g, ' '),
    )
    .join('<br>');
}
