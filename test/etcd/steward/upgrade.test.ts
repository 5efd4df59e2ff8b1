import { describe, expect, it } from 'vitest';
import { compareReleases, upgradeObstacle } from '../../../lib/etcd/steward/upgrade';

describe('an upgrade', () => {
  it.each<[string, string[], string, string?]>([
    ['nothing runs', [], '3.6.14'],
    ['nothing changes', ['3.6.14', '3.6.14', '3.6.14'], '3.6.14'],
    ['a later patch', ['3.6.11'], '3.6.14'],
    ['an earlier patch', ['3.6.14', '3.6.14'], '3.6.11'],
    ['some run an earlier patch already', ['3.6.14', '3.6.11'], '3.6.11'],
    ['the next minor', ['3.5.33', '3.5.33', '3.5.33'], '3.6.14'],
    ['the next minor from its lowest release', ['3.5.32', '3.5.33'], '3.6.14'],
    ['half of the next minor', ['3.6.14', '3.5.33', '3.5.33'], '3.6.14'],
    ['back while one member still runs the line before', ['3.6.14', '3.6.14', '3.5.33'], '3.5.33'],
    ['back by patches while one member still runs the line before', ['3.6.14', '3.5.33'], '3.5.30'],
    ['back once the cluster was told to', ['3.6.14', '3.6.14'], '3.5.33', '3.5.0'],
    ['back while one member is away that may run the line before', ['3.6.14'], '3.5.33', '3.5.0'],
    ['a line whose lowest release is not known', ['3.7.1'], '3.8.0'],
    ['a release candidate', ['3.6.14'], '3.7.0-rc.1'],
  ])('is supported: %s', (_, running, wanted, cluster) => {
    expect(upgradeObstacle(running, cluster, wanted)).toBeUndefined();
  });

  it('is refused by more than one minor', () => {
    expect(upgradeObstacle(['3.5.33', '3.5.33'], undefined, '3.7.0')).toEqual({
      why: 'members run 3.5.33, and 3.7.0 was applied: etcd is upgraded by one minor at a time',
      todo:
        'Apply a release of 3.6 first, and go on from there once all members run it: ' +
        'https://etcd.io/docs/latest/upgrades/',
    });
  });

  it('is refused by more than one minor for the member that is furthest behind', () => {
    expect(upgradeObstacle(['3.6.14', '3.5.33'], undefined, '3.7.0')?.why).toBe(
      'members run 3.5.33 and 3.6.14, and 3.7.0 was applied: etcd is upgraded by one minor at a time',
    );
  });

  it('is refused from a release that is too early', () => {
    expect(upgradeObstacle(['3.5.33', '3.5.9'], undefined, '3.6.14')).toEqual({
      why: 'members run 3.5.9 and 3.5.33, and 3.6.14 was applied: 3.6 is reached from 3.5.32 or a later release of 3.5 only',
      todo:
        'Apply 3.5.32 or a later release of 3.5 first, and 3.6.14 once all members run it: ' +
        'https://etcd.io/docs/latest/upgrades/',
    });
  });

  it('is refused backwards once no member runs the line before', () => {
    expect(upgradeObstacle(['3.6.14', '3.6.14'], undefined, '3.5.33')).toEqual({
      why: 'members run 3.6.14, and 3.5.33 was applied: a cluster that has taken up 3.6 does not go back to 3.5 by a restart',
      todo:
        'Apply a release of 3.6 again. To go back all the same, make a backup and let the cluster know with ' +
        'etcdctl downgrade enable 3.5, after which members are restarted as usual: ' +
        'https://etcd.io/docs/latest/downgrades/',
    });
  });

  it('is refused backwards, whoever is away, once the cluster has taken up the line', () => {
    expect(upgradeObstacle(['3.6.14'], '3.6.0', '3.5.33')?.why).toMatch(
      /taken up 3\.6 does not go back to 3\.5/,
    );
  });

  it('is refused backwards by more than one minor, too', () => {
    expect(upgradeObstacle(['3.7.0', '3.6.14'], undefined, '3.5.33')?.why).toMatch(
      /^members run 3\.6\.14 and 3\.7\.0/,
    );
  });
});

describe('releases', () => {
  it('are ordered by numbers', () => {
    const releases = ['3.5.9', 'v3.5.10', '3.10.0', '3.6.14', '3.6.2-rc.0'];
    expect(releases.sort(compareReleases)).toEqual(['3.5.9', 'v3.5.10', '3.6.2-rc.0', '3.6.14', '3.10.0']);
  });

  it('are told from what is none', () => {
    expect(() => compareReleases('latest', '3.6.14')).toThrow(
      '"latest" is not a release of etcd, such as 3.6.14',
    );
  });
});
