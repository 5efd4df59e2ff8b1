/** What tests look at in a dashboard. */
export interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

/** Titles of its rows. */
export function rowsOf({ panels }: Dashboard): string[] {
  return panels.filter(({ type }) => type === 'row').map(({ title }) => title);
}

/** Queries of its panels. */
export function queriesOf({ panels }: Dashboard): string[] {
  return panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
}

/** Panels that have the id of another, lie upon another, or reach beyond the grid. */
export function misplaced({ panels }: Dashboard): string[] {
  const problems: string[] = [];
  const ids = new Set<number>();
  const taken = new Map<string, string>();
  for (const { id, title, gridPos } of panels) {
    const { x, y, w, h } = gridPos;
    if (ids.has(id)) problems.push(`${title} has the id ${id} of another panel`);
    ids.add(id);
    if (x + w > 24) problems.push(`${title} ends at column ${x + w} of 24`);
    const below = new Set<string>();
    for (let column = x; column < x + w; column += 1) {
      for (let line = y; line < y + h; line += 1) {
        const other = taken.get(`${column},${line}`);
        if (other !== undefined) below.add(other);
        taken.set(`${column},${line}`, title);
      }
    }
    for (const other of below) problems.push(`${title} lies upon ${other}`);
  }
  return problems;
}

/** Names of the variables that it uses, sorted. */
export function variablesUsed(dashboard: Dashboard): string[] {
  const used = [...JSON.stringify(dashboard).matchAll(/\$\{?([a-z]\w*)/g)].map(([, name]) => name);
  return [...new Set(used)].sort();
}
