import * as fs from 'node:fs';
import * as http from 'node:http';
import * as path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { foundingClusterId, foundingId } from '../../../lib/etcd/gate/facts';
import { identityOf } from '../../../lib/etcd/gate/identity';
import { diskPlaces } from '../../../lib/etcd/gate/places';
import { type EtcdGateRun, runEtcdGate } from '../../../lib/etcd/gate/run';
import type { EtcdGateReport, EtcdGateSettings } from '../../../lib/etcd/gate/settings';
import { askReport, serveReport } from '../../../lib/steward/gate-report';
import { freePorts } from '../../support/ports';
import { temporary } from '../../support/temporary';
import { serve } from './etcd-files';
import { pathsIn, put, settingsOf } from './volumes';

const open: { close(): unknown }[] = [];

afterEach(async () => void (await Promise.all(open.splice(0).map((each) => each.close()))));

const hostOf = (id: number) => `127.0.3.${id + 1}`;

/** Member 1 of three on loopback, whose peers are what a test makes of them. */
function member(change: Partial<EtcdGateSettings> = {}) {
  const [clientPort, peerPort, metricsPort, port] = freePorts(4);
  const paths = pathsIn(temporary());
  const settings = settingsOf({
    members: [0, 1, 2].map((id) => ({ id, name: `etcd-${id}`, host: hostOf(id) })),
    clientPort,
    peerPort,
    metricsPort,
    ...change,
  });
  const log: Record<string, unknown>[] = [];
  const tell = (other: Partial<EtcdGateSettings> = {}) =>
    put(JSON.stringify({ ...settings, ...other }), paths.config, 'gate.json');
  tell();
  const over = new AbortController();
  open.push({ close: () => over.abort() });
  const run: EtcdGateRun = {
    podName: 'etcd-1',
    paths,
    host: hostOf(1),
    port,
    pollMs: 20,
    lingerMs: 100,
    signal: over.signal,
    log: (line) => log.push(line),
  };
  const reason = () => log.filter((line) => line.gate === 'wait').pop()?.reason;
  const report = (id: number, more: Partial<EtcdGateReport> = {}) => ({
    id,
    token: settings.token,
    disk: 'empty',
    says: '',
    founders: settings.founders,
    seenEmpty: [0, 1, 2].filter((each) => each !== id),
    ...more,
  });
  return {
    paths,
    settings,
    log,
    run,
    over,
    reason,
    tell,
    /** Has the gate of another member answer. */
    gate: async (id: number, more: Partial<EtcdGateReport> = {}) =>
      open.push(await serveReport(port, hostOf(id), () => report(id, more))),
    own: () => askReport({ host: hostOf(1), port }, 1_000) as Promise<EtcdGateReport | undefined>,
    /** Has the server of another member answer; without a membership it has no quorum. */
    server: async (id: number, membership?: unknown, clusterId = 'abc') => {
      const metrics = answering(metricsPort, hostOf(id), (url) =>
        url === '/livez' || membership ? [200, 'ok'] : [503, 'no leader'],
      );
      const peer = answering(peerPort, hostOf(id), (url) =>
        url === '/members'
          ? [200, JSON.stringify(membership), { 'x-etcd-cluster-id': clusterId }]
          : [200, '{"etcdserver":"3.6.14","etcdcluster":"3.6.0"}'],
      );
      await Promise.all([metrics, peer]);
    },
    yaml: () => parse(fs.readFileSync(path.join(paths.run, 'etcd.yaml'), 'utf8')),
    url: (id: number) => `http://${hostOf(id)}:${peerPort}`,
  };
}

type Reply = [status: number, text: string, headers?: http.OutgoingHttpHeaders];

function answering(port: number, host: string, reply: (url: string) => Reply): Promise<void> {
  const server = http.createServer((request, response) => {
    const [status, text, headers = {}] = reply(request.url ?? '');
    response.writeHead(status, { connection: 'close', ...headers }).end(text);
  });
  open.push({ close: () => new Promise((closed) => server.close(closed)) });
  return new Promise((resolve) => server.listen(port, host, resolve));
}

const entryOf = (id: number, more: object = {}) => ({
  id: 0x10 + id,
  name: `etcd-${id}`,
  peerURLs: [`http://${hostOf(id)}`],
  clientURLs: [],
  ...more,
});

describe('a gate', () => {
  it('founds with the others, and is heard by them before it goes', async () => {
    const given = member();
    const { run, own, gate, yaml, url, log, paths } = given;
    const decision = runEtcdGate(run);
    await expect.poll(own).toMatchObject({
      id: 1,
      token: 'prod/ns/etcd',
      disk: 'empty',
      founders: [0, 1, 2],
      seenEmpty: [],
    });
    await gate(0);
    await expect.poll(async () => (await own())?.seenEmpty).toEqual([0]);
    await gate(2);
    await expect.poll(async () => (await own())?.seenEmpty).toEqual([0, 2]);
    expect(await decision).toEqual({ action: 'found', restored: false });
    expect(await own()).toBeUndefined();
    expect(yaml()).toEqual({
      'log-level': 'info',
      name: 'etcd-1',
      'advertise-client-urls': `http://${hostOf(1)}:${given.settings.clientPort}`,
      'initial-advertise-peer-urls': url(1),
      'initial-cluster': [0, 1, 2].map((id) => `etcd-${id}=${url(id)}`).join(),
      'initial-cluster-state': 'new',
      'initial-cluster-token': 'prod/ns/etcd',
    });
    expect(log.at(-1)).toEqual({ gate: 'found', member: 1 });
    expect(fs.readdirSync(path.join(paths.data, 'data'))).toEqual([]);
  });

  it('goes by what the notes on its disk say when it is started again', async () => {
    const { run, own, gate, over } = member();
    const first = runEtcdGate(run);
    await gate(0);
    await expect.poll(async () => (await own())?.seenEmpty).toEqual([0]);
    over.abort();
    await first;
    const second = runEtcdGate({ ...run, signal: AbortSignal.timeout(20_000) });
    await expect.poll(async () => (await own())?.seenEmpty).toEqual([0]);
    await gate(2);
    expect((await second).action).toBe('found');
  });

  it.each<[string, Partial<EtcdGateReport>, string]>([
    ['of another cluster', { token: 'test/ns/etcd' }, 'it belongs to the cluster "test/ns/etcd"'],
    ['of another member', { id: 5 }, 'it is member 5'],
    ['that was told other founders', { founders: [0] }, 'it was told other founders (0)'],
    ['that has not heard of it', { seenEmpty: [2] }, 'it has not heard of this one yet'],
  ])('founds nothing with a gate %s', async (_, more, says) => {
    const { run, gate, over, reason } = member();
    await gate(0, more);
    await gate(2);
    const decision = runEtcdGate(run);
    await expect.poll(reason).toContain(`0: ${says}`);
    over.abort();
    expect((await decision).action).toBe('wait');
  });

  it('waits to be invited, and joins the membership as it was answered', async () => {
    const { run, server, yaml, url, over, reason, own, paths, settings } = member();
    const list: object[] = [
      entryOf(0, { peerURLs: [url(0)] }),
      entryOf(1, { peerURLs: [url(1)] }),
      entryOf(2, { peerURLs: [url(2)] }),
    ];
    serve(diskPlaces(paths, settings), 0x99n);
    await server(0, list);
    const decision = runEtcdGate(run);
    await expect
      .poll(reason)
      .toBe(
        '99, whose data is on this disk, was removed from the membership; the membership has etcd-1 as 11, and this disk is ' +
          'not of it: it starts once that entry is removed and it is invited anew. 0: serves; 2: ' +
          `connect ECONNREFUSED ${hostOf(2)}:${settings.metricsPort}`,
      );
    expect(await own()).toMatchObject({ disk: 'lost', memberId: '99', clusterId: 'abc', term: 3, index: 70 });
    list.splice(1, 1);
    await expect.poll(reason).toContain('member 1 has no place in the membership (etcd-0, etcd-2)');
    expect(await own()).toMatchObject({ disk: 'data' });
    list.push(entryOf(1, { id: 0x77, name: '', peerURLs: [url(1)], isLearner: true }));
    expect(await decision).toMatchObject({ action: 'join', peer: 0, wipe: true });
    expect(yaml()).toMatchObject({
      'initial-cluster': [0, 2, 1].map((id) => `etcd-${id}=${url(id)}`).join(),
      'initial-cluster-state': 'existing',
    });
    expect(fs.readdirSync(path.join(paths.data, 'data'))).toEqual([]);
    over.abort();
  });

  it('starts with data without a word of anybody', async () => {
    const { run, yaml, url, paths, settings, log } = member();
    serve(diskPlaces(paths, settings));
    expect(await runEtcdGate(run)).toEqual({ action: 'start' });
    expect(yaml()).toMatchObject({
      'initial-cluster': `etcd-1=${url(1)}`,
      'initial-cluster-state': 'existing',
    });
    expect(yaml()['force-new-cluster']).toBeUndefined();
    expect(log).toEqual([{ gate: 'start', member: 1 }]);
  });

  it('ends with an error where the volume must not be used', async () => {
    const { run, server, paths, settings, url } = member();
    serve(diskPlaces(paths, settings));
    await server(0, [entryOf(0, { peerURLs: [url(0)] })], 'def');
    await expect(runEtcdGate(run)).rejects.toThrow(
      'this disk belongs to cluster abc, and member 0 serves cluster def; mount the right volume, or empty it to let the ' +
        'member be invited',
    );
  });

  it('goes by new settings as soon as they are there', async () => {
    const { run, tell, reason, log, yaml, url } = member({ founders: [0] });
    const decision = runEtcdGate(run);
    await expect.poll(reason).toContain('member 1 is not a founder (0) and joins once the cluster serves.');
    tell({ founders: [1], members: [{ id: 1, name: 'etcd-1', host: hostOf(1) }] });
    expect((await decision).action).toBe('found');
    expect(log).toContainEqual({ gate: 'again', member: 1, reason: 'the settings have changed' });
    expect(yaml()['initial-cluster']).toBe(`etcd-1=${url(1)}`);
  });

  it('never founds where the cluster is marked as formed', async () => {
    const { run, gate, reason, over, paths } = member();
    put('now', paths.formed, 'formed');
    await gate(0);
    await gate(2);
    const decision = runEtcdGate(run);
    await expect.poll(reason).toContain('the cluster exists (it is marked as formed) and this disk is empty');
    over.abort();
    await decision;
  });

  it('knows servers without a quorum from those that serve', async () => {
    const { run, server, reason, over } = member();
    await server(0);
    await server(2);
    const decision = runEtcdGate(run);
    await expect.poll(reason).toContain('0: runs without a quorum; 2: runs without a quorum');
    over.abort();
    await decision;
  });

  it('says what is missing to talk TLS', async () => {
    const { run, paths } = member({ peerTls: true });
    const file = path.join(paths.secrets, 'peer', 'tls.key');
    await expect(runEtcdGate(run)).rejects.toThrow(
      `members talk TLS to one another, and there is no ${file}`,
    );
  });

  it('needs a pod whose name ends with its number', async () => {
    const { run } = member();
    await expect(runEtcdGate({ ...run, podName: 'etcd' })).rejects.toThrow(
      'the name of the pod, "etcd", does not end with -<number>',
    );
  });
});

describe('who a member is', () => {
  it('follows from its name, also where it should exist no more', () => {
    const settings = settingsOf({ founders: [0, 4], peerTls: true });
    expect(identityOf('etcd-4', settings)).toMatchObject({
      self: 4,
      name: 'etcd-4',
      peerUrl: 'https://etcd-4.etcd-headless:2380',
      clientUrl: 'http://etcd-4.etcd-headless:2379',
      foundingCluster: 'etcd-0=https://etcd-0.etcd-headless:2380,etcd-4=https://etcd-4.etcd-headless:2380',
      alone: 'etcd-4=https://etcd-4.etcd-headless:2380',
    });
  });

  // As etcd 3.6.14 has told them.
  it('has the ids that etcd gives to founders', () => {
    expect(foundingId('http://localhost:2380', 'etcd-cluster').toString(16)).toBe('8e9e05c52164694d');
    expect(foundingClusterId([0x8e9e05c52164694dn]).toString(16)).toBe('cdf818194e3a8c32');
  });
});
