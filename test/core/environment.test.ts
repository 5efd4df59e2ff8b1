import { App, Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { Environment } from '../../lib';

describe('Environment', () => {
  it('is found from everything below where it was attached', () => {
    const app = new App();
    const environment = Environment.attach(app, { name: 'dev' });
    const deep = new Construct(new Construct(new Chart(app, 'chart'), 'a'), 'b');
    expect(Environment.of(deep)).toBe(environment);
    expect(Environment.of(app)).toBe(environment);
  });

  it('is the nearest one, and its neighbours do not see it', () => {
    const app = new App();
    const outer = Environment.attach(app, { name: 'outer' });
    const [a, b] = [new Chart(app, 'a'), new Chart(app, 'b')];
    const inner = Environment.attach(a, { name: 'inner' });
    expect(Environment.of(new Construct(a, 'x'))).toBe(inner);
    expect(Environment.of(new Construct(b, 'x'))).toBe(outer);
  });

  it('is one of careful defaults where none was attached, the same for all', () => {
    const app = new App();
    const environment = Environment.of(new Chart(app, 'a'));
    expect(environment).toMatchObject({
      name: 'default',
      durability: 'production',
      clusterDomain: 'cluster.local',
      isProduction: true,
      props: {},
    });
    expect(Environment.of(new Chart(app, 'b'))).toBe(environment);
  });

  it('takes what it is told', () => {
    const props = {
      name: 'dev',
      durability: 'development',
      clusterDomain: 'example.org',
      zones: ['a'],
    } as const;
    expect(Environment.attach(new App(), props)).toMatchObject({
      name: 'dev',
      durability: 'development',
      clusterDomain: 'example.org',
      isProduction: false,
      props,
    });
  });

  it('can be attached again: the last one counts', () => {
    const app = new App();
    Environment.of(app);
    const environment = Environment.attach(app, { name: 'late' });
    expect(Environment.of(new Chart(app, 'a'))).toBe(environment);
  });
});
