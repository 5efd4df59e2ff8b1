import { beforeAll, describe, expect, it } from 'vitest';
import { errorName } from '../../../lib/kafka/wire/errors';
import { KAFKA_VERSIONS, kafkaClassPath, kafkaMissing, runKafkaTool } from '../../support/kafka-cluster';
import { type Definition, definitionsOf, structOf, within } from './definitions';
import { MESSAGES } from './messages';

const skipped = kafkaMissing ? ` (skipped: ${kafkaMissing})` : '';

describe.skipIf(kafkaMissing).each(KAFKA_VERSIONS)(
  `messages as Kafka %s defines them${skipped}`,
  (version) => {
    let definitions: Map<string, Definition>;

    beforeAll(async () => {
      await kafkaClassPath(version);
      definitions = await definitionsOf(version);
    }, 300_000);

    it.each(MESSAGES.map((api) => [api.name, api] as const))('%s', (name, api) => {
      for (const [kind, struct] of [
        ['Request', api.request],
        ['Response', api.response],
      ] as const) {
        const definition = definitions.get(`${name}${kind}`);
        if (!definition) throw new Error(`no ${name}${kind}`);
        expect(definition.apiKey).toBe(api.key);
        expect(within(api.version, definition.validVersions)).toBe(true);
        expect(within(api.version, definition.flexibleVersions)).toBe(api.flexible);
        const wanted = structOf(definition, api.version);
        expect(struct).toEqual(wanted);
        // The order in which fields are sent.
        expect(JSON.stringify(struct)).toBe(JSON.stringify(wanted));
      }
    });
  },
);

describe.skipIf(kafkaMissing)(`errors${skipped}`, () => {
  it('have the names that Kafka gives them', async () => {
    // Writes them as a table of HTML for the protocol guide.
    const table = await runKafkaTool('4.3.1', 'org.apache.kafka.common.protocol.Errors', []);
    const rows = [...table.matchAll(/<td>([A-Z_]+)<\/td>\s*<td>(-?\d+)<\/td>/g)];
    expect(rows.length).toBeGreaterThan(130);
    for (const [, name, code] of rows) expect(errorName(Number(code))).toBe(name);
    expect(errorName(30_000)).toBe('UNKNOWN_SERVER_ERROR');
  });
});
