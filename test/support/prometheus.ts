import { spawnSync } from 'node:child_process';
import type { Alert } from '../../lib/core/monitoring';

/** What promtool says about rules; undefined without promtool. */
export function promtool(rules: readonly object[]): string | undefined {
  const input = JSON.stringify({ groups: [{ name: 'rules', rules }] });
  const { error, status, stdout, stderr } = spawnSync('promtool', ['check', 'rules'], {
    input,
    encoding: 'utf8',
  });
  return error ? undefined : `${status} ${stderr || stdout}`;
}

/** The metrics that an expression selects, each with the names of the labels it is selected by. */
export function selected(expr: string): { name: string; labels: string[] }[] {
  return [...expr.matchAll(/([a-z_0-9]+)\{([^}]*)\}/g)].map(([, name, matchers]) => ({
    name,
    labels: [...matchers.matchAll(/([A-Za-z_0-9]+)(?:=~|!=|=)"/g)].map(([, label]) => label),
  }));
}

/** Rules of a dashboard's queries, as promtool takes them. */
export function rulesOf(queries: readonly string[]): object[] {
  return queries.map((expr, index) => ({
    record: `panel:${index}`,
    expr: expr.replace(/\$__rate_interval/g, '5m'),
  }));
}

/** Labels that an alert speaks of and its expression does not keep. */
export function labelsNotKept({ summary, description, expr }: Alert): string[] {
  const kept = /by \(([^)]*)\)/.exec(expr)?.[1].split(', ') ?? [];
  const named = [...`${summary}${description}`.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label);
  return named.filter((label) => !kept.includes(label));
}
