import { afterEach, describe, expect, it } from 'vitest';
import { askGate, type GateReport } from '../../../lib/kafka/gate/report';
import { serveReport } from '../../../lib/steward/gate-report';
import { freePort } from '../../support/ports';
import { gateReport } from './gate-report';

describe('what a gate of Kafka tells', () => {
  let open: { close(): Promise<void> } | undefined;
  afterEach(() => open?.close());

  async function told(report: unknown): Promise<GateReport | undefined> {
    const address = { host: '127.0.0.1', port: freePort() };
    open = await serveReport(address.port, address.host, () => report);
    return askGate(address, 1_000);
  }

  it('is taken as it is', async () => {
    const report = gateReport({ disk: 'data', founders: [3000, 3001], seenEmpty: [3001] });
    expect(await told({ ...report, more: true })).toEqual(report);
  });

  it('may say nothing, and is cut where it says too much', async () => {
    expect(await told({ ...gateReport(), says: undefined })).toMatchObject({ says: '' });
    await open?.close();
    expect((await told(gateReport({ says: 'x'.repeat(3_000) })))?.says).toHaveLength(2_000);
  });

  it.each([
    ['nothing', null],
    ['a number', 7],
    ['no id', { ...gateReport(), id: undefined }],
    ['an id that is none', { ...gateReport(), id: 1.5 }],
    ['no cluster', { ...gateReport(), clusterId: undefined }],
    ['a disk that nobody knows', { ...gateReport(), disk: 'full' }],
    ['a number that it says', { ...gateReport(), says: 7 }],
    ['no founders', { ...gateReport(), founders: undefined }],
    ['one founder that is no list', { ...gateReport(), seenEmpty: 3000 }],
  ])('is nothing with %s', async (_, report) => {
    expect(await told(report)).toBeUndefined();
  });
});
