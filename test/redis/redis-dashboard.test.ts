import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { redisDashboard } from '../../lib/redis/redis-dashboard';
import { dashboardQueries } from './redis-watched';

describe('dashboard', () => {
  const dashboard = redisDashboard() as {
    panels: {
      id: number;
      type: string;
      title: string;
      gridPos: { x: number; y: number; w: number; h: number };
    }[];
    templating: { list: { name: string }[] };
  };
  const { panels } = dashboard;

  it('has its rows, and lays no panel upon another', () => {
    expect(panels.filter(({ type }) => type === 'row').map(({ title }) => title)).toEqual([
      'Health',
      'Memory',
      'Replication',
      'Redis Cluster',
      'Clients',
      'Persistence',
      'Steward',
    ]);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const taken = new Set<string>();
    for (const { title, gridPos } of panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken, title).not.toContain(`${x},${y}`);
          taken.add(`${x},${y}`);
        }
      }
    }
  });

  it('asks for datasource, namespace and cluster, and for nothing else', () => {
    const names = dashboard.templating.list.map(({ name }) => name);
    expect(names).toEqual(['datasource', 'namespace', 'cluster']);
    const used = [...JSON.stringify(dashboard).matchAll(/\$\{?([a-z]\w*)/g)].map(([, name]) => name);
    expect([...new Set(used)].sort()).toEqual([...names].sort());
  });

  it('pleases promtool', ({ skip }) => {
    const rules = dashboardQueries().map((expr, index) => ({
      record: `panel:${index}`,
      expr: expr.replace(/\$__rate_interval/g, '5m'),
    }));
    const input = JSON.stringify({ groups: [{ name: 'redis', rules }] });
    const { error, stdout } = spawnSync('promtool', ['check', 'rules'], { input, encoding: 'utf8' });
    if (error) return skip('there is no promtool on the PATH');
    expect(stdout).toContain(`SUCCESS: ${rules.length} rules found`);
  });
});
