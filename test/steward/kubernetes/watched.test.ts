import type * as http from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Kubernetes } from '../../../lib/steward/kubernetes/client';
import type { ConfigMap } from '../../../lib/steward/kubernetes/objects';
import { Watched, type WatchedProps, type WatchedTiming } from '../../../lib/steward/kubernetes/watched';
import { FakeApiServer } from './fake-api-server';

const MAPS = '/api/v1/namespaces/ns/configmaps';
const TIMING: Partial<WatchedTiming> = { minPauseMs: 20, maxPauseMs: 80 };
const map = (name: string, value = '', labels = {}) => ({ metadata: { name, labels }, data: { value } });

let server: FakeApiServer;
let kubernetes: Kubernetes;
let watched: Watched<ConfigMap>;
let changes: (readonly string[])[];
let troubles: string[];

const watch = (timing = TIMING, props: Partial<WatchedProps> = {}) => {
  changes = [];
  troubles = [];
  watched = new Watched<ConfigMap>(
    kubernetes,
    MAPS,
    {
      onChange: () => changes.push(names()),
      onTrouble: (reason) => troubles.push(reason),
      ...props,
    },
    timing,
  );
  watched.start();
};

const names = () => [...watched.items.keys()].sort();
const until = (check: () => void) => vi.waitFor(check, { interval: 2, timeout: 10_000 });
const untilNamed = (...expected: string[]) => until(() => expect(names()).toEqual(expected));
/** A watch runs, and has delivered something, so that its end is no failure. */
const untilWatched = async (name = 'seen') => {
  await until(() => expect(watched.synced && server.watching).toBe(1));
  server.put(MAPS, map(name));
  await until(() => expect(names()).toContain(name));
};

beforeEach(async () => {
  server = await FakeApiServer.start();
  kubernetes = new Kubernetes({ server: server.url }, { timeoutMs: 5_000 });
});

afterEach(async () => {
  watched.close();
  await server.stop();
});

describe('a watched collection', () => {
  it('follows what is created, changed and deleted', async () => {
    server.put(MAPS, map('a'));
    watch();
    expect(watched.synced).toBe(false);
    await untilNamed('a');
    expect(watched.synced).toBe(true);
    const before = watched.items;
    await untilWatched('b');
    server.put(MAPS, map('a', 'new'));
    await until(() => expect(watched.items.get('a')?.data).toEqual({ value: 'new' }));
    server.delete(MAPS, 'b');
    await untilNamed('a');
    expect([...before.values()]).toMatchObject([{ data: { value: '' } }]);
    expect(changes).toEqual([['a'], ['a', 'b'], ['a', 'b'], ['a']]);
    expect(server.count('list')).toBe(1);
    expect(troubles).toEqual([]);
  });

  it('asks for what is selected, for bookmarks, and for an end', async () => {
    server.put(MAPS, map('a', '', { app: 'zk' }));
    server.put(MAPS, map('b'));
    watch({}, { labelSelector: 'app=zk', fieldSelector: 'metadata.namespace=ns' });
    await until(() => expect(server.watching).toBe(1));
    server.put(MAPS, map('c'));
    server.put(MAPS, map('d', '', { app: 'zk' }));
    await untilNamed('a', 'd');
    const [list, second] = server.asked.map(({ query }) => Object.fromEntries(query));
    const selectors = { labelSelector: 'app=zk', fieldSelector: 'metadata.namespace=ns' };
    expect(list).toEqual(selectors);
    const { timeoutSeconds, ...rest } = second;
    expect(rest).toEqual({
      ...selectors,
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: '1002',
    });
    expect(Number(timeoutSeconds)).toBeGreaterThanOrEqual(210);
    expect(Number(timeoutSeconds)).toBeLessThanOrEqual(270);
  });

  it('keeps characters whole', async () => {
    server.pieces = 1;
    server.put(MAPS, map('a', '€'));
    watch();
    await untilWatched('b');
    server.put(MAPS, map('a', 'Zoë 𝄞'));
    await until(() => expect(watched.items.get('a')?.data).toEqual({ value: 'Zoë 𝄞' }));
  });
});

describe('a watch that ends', () => {
  it.each(['drop', 'endWatches'] as const)('goes on where it was (%s)', async (how) => {
    watch();
    await untilWatched('a');
    server[how]();
    server.put(MAPS, map('b'));
    await untilNamed('a', 'b');
    expect(server.count('list')).toBe(1);
    expect(server.asked.at(-1)?.query.get('resourceVersion')).toBe('1001');
    expect(watched.synced).toBe(true);
    expect(troubles).toEqual([]);
  });

  it('goes on from a bookmark', async () => {
    watch();
    await untilWatched('a');
    server.put('/api/v1/namespaces/ns/secrets', map('other'));
    server.compact();
    server.bookmark();
    await delay(10);
    server.drop();
    server.put(MAPS, map('b'));
    await untilNamed('a', 'b');
    expect(server.count('list')).toBe(1);
    expect(server.asked.at(-1)?.query.get('resourceVersion')).toBe('1002');
  });

  it.each(['status', 'event'] as const)('lists what the server has forgotten (410 as %s)', async (gone) => {
    server.gone = gone;
    server.put(MAPS, map('a'));
    watch({ minPauseMs: 2_000 });
    await untilWatched('b');
    server.drop();
    server.delete(MAPS, 'a');
    server.put(MAPS, map('c'));
    server.compact();
    await untilNamed('b', 'c');
    await untilWatched('d');
    expect([server.count('list'), server.count('watch')]).toEqual([2, 3]);
    expect(troubles).toEqual([]);
  });

  it('is begun anew without a pause each time that the server has forgotten', async () => {
    watch({ minPauseMs: 2_000 });
    for (const name of ['a', 'b', 'c']) {
      await untilWatched(name);
      server.drop();
      server.put(MAPS, map(`${name}-missed`));
      server.compact();
      await until(() => expect(names()).toContain(`${name}-missed`));
    }
    expect(troubles).toEqual([]);
  });

  it('may have been dead for long', async () => {
    watch({ ...TIMING, watchSeconds: 0.8, graceMs: 50 });
    await untilWatched('a');
    server.silence();
    server.put(MAPS, map('b'));
    await untilNamed('a', 'b');
    expect(server.count('list')).toBe(1);
    expect(troubles).toEqual([`the watch of ${MAPS} may have been dead: the server did not end it in time`]);
  });
});

describe('a server in trouble', () => {
  it('is waited for', async () => {
    watch();
    await untilWatched('a');
    await server.stop();
    await until(() => expect(watched.synced).toBe(false));
    expect(names()).toEqual(['a']);
    server.delete(MAPS, 'a');
    server.put(MAPS, map('b'));
    server.compact();
    await delay(50);
    await server.resume();
    await untilNamed('b');
    expect(watched.synced).toBe(true);
    expect(troubles[0]).toMatch(/^GET \S+: connect ECONNREFUSED/);
    await untilWatched('c');
  });

  /** What lies between seven rounds of trouble: at least 20 ms, which doubles up to 40 ms. */
  const expectPauses = async (times: () => number[]) => {
    await vi.waitFor(() => expect(times().length).toBeGreaterThan(7), { interval: 2, timeout: 10_000 });
    watched.close();
    const between = times().map((at, i, all) => at - (all[i - 1] ?? Number.NEGATIVE_INFINITY));
    expect(Math.min(...between)).toBeGreaterThan(18);
    expect(Math.min(...between.slice(3))).toBeGreaterThan(38);
    expect(watched.synced).toBe(false);
  };
  const lists = () => server.asked.filter(({ query }) => !query.has('watch')).map(({ at }) => at);

  it('is not asked more often than the back-off allows when it is down', async () => {
    await server.stop();
    const times: number[] = [];
    const get = kubernetes.get.bind(kubernetes);
    vi.spyOn(kubernetes, 'get').mockImplementation((path) => {
      times.push(performance.now());
      return get(path);
    });
    const stream = vi.spyOn(kubernetes, 'stream');
    watch();
    await expectPauses(() => times);
    expect(stream).not.toHaveBeenCalled();
    await server.resume();
  });

  it.each([
    ['refuses everything', () => true, 403],
    ['refuses to watch', (isWatch: boolean) => isWatch, 500],
    // Only the first time is not waited for.
    ['has always forgotten', (isWatch: boolean) => isWatch, 410],
  ] as const)('is not asked more often when it %s', async (_, refuses, status) => {
    server.intercept = ({ query }, answer) => {
      if (!refuses(query.has('watch'))) return false;
      server.refuse(answer, status, 'Word', 'No');
      return true;
    };
    watch();
    await expectPauses(() => lists().slice(status === 410 ? 1 : 0));
    expect(server.count('watch')).toBeLessThanOrEqual(server.count('list'));
    expect(troubles[0]).toMatch(/: No$/);
  });

  it('is not asked more often when its watches end at once', async () => {
    server.intercept = ({ query }, answer) => {
      if (query.has('watch')) answer.writeHead(200).end();
      return query.has('watch');
    };
    watch();
    await expectPauses(lists);
    expect(server.count('watch')).toBeLessThanOrEqual(server.count('list'));
    expect(troubles[0]).toBe(`the watch of ${MAPS} ended at once`);
  });
});

describe('a list', () => {
  it('is fresh, and is watched from', async () => {
    watch();
    await untilWatched('a');
    server.silence();
    server.put(MAPS, map('b'));
    expect([...(await watched.list()).keys()]).toEqual(['a', 'b']);
    expect(names()).toEqual(['a', 'b']);
    await untilWatched('c');
    expect(server.watching).toBe(1);
  });

  it('tells of a change only', async () => {
    watch();
    await untilWatched('a');
    expect(changes).toEqual([[], ['a']]);
    await watched.list();
    expect(changes).toHaveLength(2);
    server.silence();
    server.put(MAPS, map('a', 'new'));
    await watched.list();
    expect(changes).toHaveLength(3);
    server.delete(MAPS, 'a');
    await watched.list();
    expect(changes).toEqual([[], ['a'], ['a'], []]);
  });

  it('starts what is not started', async () => {
    server.put(MAPS, map('a'));
    const fresh = new Watched<ConfigMap>(kubernetes, MAPS, { onChange: () => undefined });
    expect([...(await fresh.list()).keys()]).toEqual(['a']);
    fresh.close();
  });

  it('is shared only by those who asked before it was sent', async () => {
    watch();
    await untilWatched('a');
    let hold: (() => void) | undefined;
    server.intercept = ({ query }, answer) => {
      if (query.has('watch') || hold) return false;
      const items = [server.read(MAPS, 'a')];
      hold = () => answer.end(JSON.stringify({ metadata: { resourceVersion: '1001' }, items }));
      return true;
    };
    const first = watched.list();
    await until(() => expect(hold).toBeDefined());
    server.put(MAPS, map('b'));
    const [second, third] = [watched.list(), watched.list()];
    hold?.();
    expect((await first).size).toBe(1);
    expect((await second).size).toBe(2);
    expect(await third).toBe(await second);
    expect(server.count('list')).toBe(3);
  });

  it('rejects when it fails, and does not wait for a back-off', async () => {
    server.intercept = (_, answer) => {
      server.refuse(answer, 403, 'Forbidden', 'configmaps is forbidden');
      return true;
    };
    watch({ minPauseMs: 5_000 });
    await until(() => expect(troubles).toHaveLength(1));
    await expect(watched.list()).rejects.toThrow('configmaps is forbidden');
    server.intercept = undefined;
    server.put(MAPS, map('a'));
    expect((await watched.list()).size).toBe(1);
    expect(watched.synced).toBe(true);
    await untilWatched('b');
  });

  it('rejects when there is no such collection', async () => {
    const unknown = new Watched(kubernetes, '/apis/example.com/v1/things', { onChange: () => undefined });
    await expect(unknown.list()).rejects.toThrow('there is no such collection');
    unknown.close();
  });
});

describe('closed', () => {
  it('nothing is asked or told any more', async () => {
    watch();
    await untilWatched('a');
    const { length } = changes;
    const list = watched.list();
    watched.close();
    await expect(list).rejects.toThrow(`${MAPS} is not watched any more`);
    await expect(watched.list()).rejects.toThrow('not watched any more');
    await until(() => expect(server.watching).toBe(0));
    server.put(MAPS, map('b'));
    watched.start();
    await delay(30);
    expect(changes).toHaveLength(length);
    expect(watched.synced).toBe(false);
    const asked = server.asked.length;
    await delay(50);
    expect(server.asked).toHaveLength(asked);
  });
});

describe('closed during a list', () => {
  it('the answer is left alone', async () => {
    let answer: http.ServerResponse | undefined;
    server.intercept = (_, held) => {
      answer = held;
      return true;
    };
    watch();
    const list = watched.list();
    await until(() => expect(answer).toBeDefined());
    watched.close();
    answer?.end('{"metadata":{"resourceVersion":"1"},"items":[]}');
    await expect(list).rejects.toThrow('not watched any more');
    expect([changes, troubles, watched.synced]).toEqual([[], [], false]);
  });
});

describe('whatever happens', () => {
  const name = fc.constantFrom('a', 'b', 'c');
  const nothing = fc.constant('');
  const others = ['drop', 'endWatches', 'compact', 'bookmark', 'list', 'pause', 'event', 'status'] as const;
  const events = fc.array(
    fc.oneof(
      { weight: 5, arbitrary: fc.tuple(fc.constant('put' as const), name) },
      { weight: 2, arbitrary: fc.tuple(fc.constant('delete' as const), name) },
      { weight: 4, arbitrary: fc.tuple(fc.constantFrom(...others), nothing) },
    ),
    { minLength: 10, maxLength: 40 },
  );

  it('no item gets older, and in the end all are there', async () => {
    await fc.assert(
      fc.asyncProperty(events, async (all) => {
        watched?.close();
        const newest = new Map<string, number>();
        const older: string[] = [];
        watch(
          { minPauseMs: 2, maxPauseMs: 5 },
          {
            onChange: () => {
              for (const [name, { metadata }] of watched.items) {
                const version = Number(metadata.resourceVersion);
                if (version < (newest.get(name) ?? 0)) older.push(`${name} of ${version}`);
                newest.set(name, version);
              }
            },
          },
        );
        let value = 0;
        for (const [event, name] of all) {
          if (event === 'put') server.put(MAPS, map(name, String(value++)));
          else if (event === 'delete') server.delete(MAPS, name);
          else if (event === 'list') void watched.list().catch(() => undefined);
          else if (event === 'pause') await delay(3);
          else if (event === 'event' || event === 'status') server.gone = event;
          else server[event]();
        }
        await until(() => expect(Object.fromEntries(watched.items)).toEqual(server.all(MAPS)));
        expect(older).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});
