import { describe, expect, it } from 'vitest';
import { misplaced, queriesOf, rowsOf, variablesUsed } from '../support/dashboard';
import { promtool, rulesOf } from '../support/prometheus';
import { dashboard } from './redis-watched';

describe('dashboard', () => {
  it('has its rows, and lays no panel upon another', () => {
    expect(rowsOf(dashboard)).toEqual([
      'Health',
      'Memory',
      'Replication',
      'Redis Cluster',
      'Clients',
      'Persistence',
      'Steward',
    ]);
    expect(misplaced(dashboard)).toEqual([]);
  });

  it('asks for datasource, namespace and cluster, and for nothing else', () => {
    const names = dashboard.templating.list.map(({ name }) => name);
    expect(names).toEqual(['datasource', 'namespace', 'cluster']);
    expect(variablesUsed(dashboard)).toEqual([...names].sort());
  });

  it('pleases promtool', ({ skip }) => {
    const rules = rulesOf(queriesOf(dashboard));
    const said = promtool(rules);
    if (said === undefined) return skip('there is no promtool on the PATH');
    expect(said).toContain(`SUCCESS: ${rules.length} rules found`);
  });
});
