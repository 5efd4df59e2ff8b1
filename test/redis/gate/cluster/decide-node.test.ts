import { describe, expect, it } from 'vitest';
import {
  decideNode,
  type NodeDecision,
  type NodeFacts,
  type NodePeer,
  patience,
} from '../../../../lib/redis/gate/cluster/decide-node';
import type { KnownNode } from '../../../../lib/redis/steward/cluster/cluster-facts';
import type { ListedNode } from '../../../../lib/redis/wire/cluster-nodes';

/** Three shards of two: masters M0, M1, M2 and their replicas R0, R1, R2; the gate is that of M0. */
const TIMEOUT = 5_000;
const NAMES = ['M0', 'R0', 'M1', 'R1', 'M2', 'R2'] as const;
type Name = (typeof NAMES)[number];

interface Entry extends Partial<KnownNode> {
  readonly slots?: [number, number][];
}

const node = (name: Name, change: Entry = {}): ListedNode => {
  const shard = Number(name[1]);
  const master = name.startsWith('M');
  return {
    id: name,
    ip: '10.0.0.1',
    port: 6379,
    hostname: `${name}.redis`,
    role: master ? 'master' : 'replica',
    ...(!master && { master: `M${shard}` }),
    failed: 'no',
    handshake: false,
    linked: true,
    epoch: shard + 1,
    slots: master ? [[shard * 100, shard * 100 + 99]] : [],
    ...change,
  };
};

type View = Partial<Record<Name, Entry>>;

/** A node that serves, as it sees everybody. */
const serving = (
  name: Name,
  {
    view = {},
    missing,
    keys = 10,
    offset = 100,
  }: { view?: View; missing?: number; keys?: number; offset?: number } = {},
): NodePeer => {
  const nodes = NAMES.map((each) => node(each, view[each]));
  const myself = nodes.find(({ id }) => id === name)!;
  return {
    state: 'serving',
    says: {
      state: 'serving',
      role: myself.role,
      runId: name,
      linked: false,
      offset,
      replicas: [],
      keys,
    },
    knows: { myself, nodes, migrating: [], importing: [] },
    ...(missing !== undefined && { missing }),
  };
};

const silent: NodePeer = { state: 'silent', reason: 'its name does not resolve yet' };
const gate: NodePeer = { state: 'gate' };

/** All others, who have just seen M0 go. */
const OTHERS: Partial<Record<Name, NodePeer>> = {
  R0: serving('R0', { missing: 1 }),
  M1: serving('M1'),
  R1: serving('R1', { missing: 0 }),
  M2: serving('M2'),
  R2: serving('R2', { missing: 0 }),
};

const master = {
  id: 'M0',
  role: 'master' as const,
  slots: 100,
  replicas: ['R0'],
  others: NAMES.slice(1).map((id) => ({ id, hostname: `${id}.redis` })),
};

const facts = (change: Partial<Omit<NodeFacts, 'peers'>> = {}, peers = OTHERS): NodeFacts => ({
  last: master,
  hasData: true,
  keepsData: true,
  restored: false,
  nodeTimeout: TIMEOUT,
  peers: new Map(NAMES.slice(1).map((name) => [name, peers[name] ?? silent])),
  ...change,
});

const said = (decision: NodeDecision): string =>
  decision.action === 'start' ? `starts as ${decision.as}` : `waits: ${decision.reason}`;

describe('a node of a Redis Cluster', () => {
  it('starts as a new one on an empty disk, whatever the others say', () => {
    const empty = { last: undefined, hasData: false };
    expect(decideNode(facts(empty))).toEqual({ action: 'start', as: 'a new node' });
    expect(decideNode(facts(empty, {}))).toEqual({ action: 'start', as: 'a new node' });
  });

  it('does not start with data of which nobody knows whose they are', () => {
    expect(said(decideNode(facts({ last: undefined })))).toBe(
      'waits: its data is there, and the nodes.conf that says who it is and which slots it has is gone. Put that file back,' +
        ' or empty the volume: it then starts as a new node, and gets the data from its master',
    );
    expect(decideNode(facts({ last: undefined, restored: true }))).toEqual({
      action: 'start',
      as: 'a new node with restored data',
    });
  });

  it.each(['replica', 'master'] as const)('starts as a %s that had no slots', (role) => {
    expect(decideNode(facts({ last: { ...master, role, slots: 0, replicas: [] } })).action).toBe('start');
  });

  describe('when all start at once', () => {
    it('waits a moment for the addresses of the others', () => {
      for (const role of ['master', 'replica'] as const) {
        const last = { ...master, role };
        expect(said(decideNode(facts({ last }, { R0: gate, M1: gate, R1: gate, M2: gate })))).toBe(
          'waits: nobody serves yet, and it looks for the addresses of the others: R2: its name does not resolve yet',
        );
        expect(
          decideNode(facts({ last, awaited: { what: 'addresses', ms: 10_000 } }, { R0: gate })).action,
        ).toBe('start');
        const all: NodePeer[] = [gate, { state: 'loading' }, gate, gate, gate];
        const found = Object.fromEntries(NAMES.slice(1).map((name, i) => [name, all[i]]));
        expect(decideNode(facts({ last }, found)).action).toBe('start');
      }
    });

    it('waits for nobody who serves already', () => {
      expect(decideNode(facts({ last: { ...master, role: 'replica' } }, { M1: serving('M1') })).action).toBe(
        'start',
      );
    });

    it('waits for no replica that has restarted, too, nor for an election that cannot be', () => {
      const restarted = { ...OTHERS, R0: serving('R0') };
      expect(said(decideNode(facts({}, restarted)))).toBe('starts as a master that no replica can replace');
      const alone = {
        R0: serving('R0', { missing: 1, view: { M1: { failed: 'yes' }, M2: { linked: false } } }),
      };
      expect(said(decideNode(facts({}, alone)))).toBe(
        'starts as a master that 0 of 3 masters cannot replace',
      );
      const minority = { R0: serving('R0', { missing: 1, view: { M1: { failed: 'suspected' } } }) };
      expect(said(decideNode(facts({}, minority)))).toBe(
        'starts as a master that 1 of 3 masters cannot replace',
      );
    });
  });

  describe('that was a master', () => {
    it('waits with its data until its replica has taken its place, which it asks it to', () => {
      const decision = decideNode(facts());
      expect(said(decision)).toBe(
        'waits: R0 can take its place as master of 100 slots, and may have more of what was written: it starts as a replica' +
          ' then, or in 20000 ms at the latest',
      );
      expect(decision).toMatchObject({ ask: 'R0' });
      expect(patience(TIMEOUT)).toBe(20_000);
      expect(said(decideNode(facts({ awaited: { what: 'failover', ms: 20_000 } })))).toBe(
        'starts as a master that nobody replaced in 20000 ms',
      );
    });

    it('waits for a replica that only others see, and cannot ask it', () => {
      const decision = decideNode(facts({}, { M1: OTHERS.M1, M2: OTHERS.M2 }));
      expect(decision.action).toBe('wait');
      expect(decision).not.toHaveProperty('ask');
    });

    it('asks the replica that has most, and none that has missed it for long', () => {
      const second = { R1: { role: 'replica', master: 'M0' } } as const;
      const peers = {
        ...OTHERS,
        R0: serving('R0', { missing: 2, offset: 100, view: second }),
        R1: serving('R1', { missing: 2, offset: 101, view: second }),
      };
      expect(decideNode(facts({}, peers))).toMatchObject({ action: 'wait', ask: 'R1' });
      const late = { ...peers, R1: serving('R1', { missing: 61, offset: 101, view: second }) };
      expect(decideNode(facts({}, late))).toMatchObject({ action: 'wait', ask: 'R0' });
    });

    it('starts at once where nobody replicates it', () => {
      const peers = { M1: OTHERS.M1, M2: serving('M2', { view: { R0: { failed: 'yes' } } }) };
      const alone = { ...peers, M1: serving('M1', { view: { R0: { failed: 'yes' } } }) };
      expect(said(decideNode(facts({}, alone)))).toBe('starts as a master that no replica can replace');
    });

    it.each([
      [
        'it is a replica now',
        {
          M0: { role: 'replica', master: 'R0', slots: [] },
          R0: { role: 'master', epoch: 9, slots: [[0, 99]] },
        },
      ],
      ['its slots were given to others', { M0: { slots: [] }, M1: { epoch: 9, slots: [[0, 199]] } }],
    ] as [string, View][])('starts where %s, even if not everybody knows', (_, view) => {
      const peers = { ...OTHERS, R0: serving('R0', { view }), M2: serving('M2', { view }) };
      expect(said(decideNode(facts({}, peers)))).toBe('starts as a master that was replaced');
      expect(said(decideNode(facts({ hasData: false }, peers)))).toBe('starts as a master that was replaced');
    });

    it('starts where the others have forgotten it', () => {
      const peers = { M1: serving('M1') } as { M1: Extract<NodePeer, { state: 'serving' }> };
      const knows = { ...peers.M1.knows, nodes: peers.M1.knows.nodes.filter(({ id }) => id !== 'M0') };
      expect(said(decideNode(facts({}, { M1: { ...peers.M1, knows } })))).toBe(
        'starts as a node that the others have forgotten',
      );
    });

    it('learns nothing from nodes that are new', () => {
      const fresh = serving('M1') as Extract<NodePeer, { state: 'serving' }>;
      const knows = { ...fresh.knows, nodes: [{ ...fresh.knows.myself, slots: [] }] };
      expect(said(decideNode(facts({}, { M1: { ...fresh, knows } })))).toBe(
        'starts as a master that no replica can replace',
      );
    });
  });

  describe('that was a master and has lost its data', () => {
    const lost = { hasData: false };

    it('never starts while a replica has the keys, however long it takes', () => {
      for (const keepsData of [true, false]) {
        const decision = decideNode(
          facts({ ...lost, keepsData, awaited: { what: 'failover', ms: 1_000_000 } }),
        );
        expect(said(decision)).toBe(
          'waits: its data is gone, and R0 has the keys of 100 slots: it starts once that has taken its place',
        );
        expect(decision).toMatchObject({ ask: 'R0' });
      }
      // Data that nobody means to keep may be of any age.
      expect(
        decideNode(facts({ keepsData: false, awaited: { what: 'failover', ms: 1_000_000 } })).action,
      ).toBe('wait');
    });

    it('asks a replica that may be far behind only once it is clear that no other comes', () => {
      const late = { ...OTHERS, R0: serving('R0', { missing: 1_000 }) };
      expect(decideNode(facts(lost, late))).not.toHaveProperty('ask');
      expect(
        decideNode(facts({ ...lost, awaited: { what: 'failover', ms: patience(TIMEOUT) } }, late)),
      ).toMatchObject({ ask: 'R0' });
      const restarted = { ...OTHERS, R0: serving('R0') };
      expect(
        decideNode(facts({ ...lost, awaited: { what: 'failover', ms: patience(TIMEOUT) } }, restarted)),
      ).toMatchObject({
        ask: 'R0',
      });
    });

    it('says what to do where the masters cannot agree', () => {
      const alone = {
        R0: serving('R0', { missing: 1, view: { M1: { failed: 'yes' }, M2: { failed: 'yes' } } }),
      };
      expect(said(decideNode(facts(lost, alone)))).toBe(
        'waits: its data is gone, and R0 has the keys of 100 slots: it starts once that has taken its place, to which 0 of 3' +
          ' masters cannot agree. If the others are lost, run CLUSTER FAILOVER TAKEOVER there',
      );
    });

    it('waits for a replica that is away and may have kept the data', () => {
      const away = { M1: serving('M1', { view: { R0: { failed: 'yes' } } }) };
      expect(said(decideNode(facts({ ...lost, awaited: { what: 'failover', ms: 1_000_000 } }, away)))).toBe(
        'waits: its data is gone, and a replica that may have the keys of 100 slots does not serve: it waits for that one.' +
          ' If no copy is left, remove its nodes.conf: it then starts as a new node',
      );
      expect(decideNode(facts({ ...lost, keepsData: false }, away)).action).toBe('start');
    });

    it('starts where its replicas have no keys either', () => {
      const none = { ...OTHERS, R0: serving('R0', { missing: 1, keys: 0 }) };
      expect(said(decideNode(facts(lost, none)))).toBe(
        'starts as a master without data, of which no replica has any either',
      );
    });
  });
});
