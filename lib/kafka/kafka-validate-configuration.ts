import type { Finding } from '../core/problem';
import { decidingSetting, wrongValue } from './kafka-config-keys';
import { brokersProps } from './kafka-members';
import type { KafkaModel } from './kafka-model';
import { isOwned } from './kafka-owned-settings';
import type { KafkaConfiguration } from './kafka-props';

/** What is wrong with the settings that were given, and with the numbers of copies that follow from them. */
export function checkConfiguration(model: KafkaModel): Finding[] {
  const { props, dynamic } = model;
  const findings = [...checkSettings('configuration', props.configuration ?? {}), ...checkReplication(model)];
  for (const [id, { configuration = {} }] of Object.entries(brokersProps(props).overrides ?? {})) {
    const what = `brokers.overrides[${id}].configuration`;
    findings.push(...checkSettings(what, configuration));
    for (const key of Object.keys(configuration)) {
      const deciding = decidingSetting(key);
      if (dynamic[deciding] !== undefined) {
        const message = `${what}: ${deciding} is set for all brokers while they run, which wins over a broker's own file; leave it out here, or there`;
        findings.push({ code: 'kafka/configuration', message });
      }
    }
  }
  return findings;
}

function checkSettings(what: string, settings: KafkaConfiguration): Finding[] {
  const findings: Finding[] = [];
  const found = (message: string) =>
    findings.push({ code: 'kafka/configuration', message: `${what}: ${message}` });
  for (const [key, value] of Object.entries(settings)) {
    if (value === undefined) continue;
    const text = String(value);
    const wrong = wrongValue(key, value);
    if (!/^[\w.-]+$/.test(key))
      found(
        `${JSON.stringify(key)} is not the name of a setting; names have letters, digits, ".", "-" and "_"`,
      );
    else if (isOwned(key)) found(`${key} follows from other props or would endanger the data; leave it out`);
    // server.properties is read as Java properties, where a backslash escapes what follows, be it the end of the line.
    else if (/[\r\n\\]/.test(text)) found(`${key} holds a line break or a backslash; give one line without`);
    else if (wrong) found(`${key} is ${JSON.stringify(value)}; give ${wrong}`);
  }
  return findings;
}

/** Settings that say how many copies, and how many of them must have a record. */
const COPIES: readonly (readonly [factor: string, inSync: string])[] = [
  ['default.replication.factor', 'min.insync.replicas'],
  ['transaction.state.log.replication.factor', 'transaction.state.log.min.isr'],
  ['share.coordinator.state.topic.replication.factor', 'share.coordinator.state.topic.min.isr'],
];

function checkReplication({ props, brokers, defaults }: KafkaModel): Finding[] {
  const { configuration = {}, topics = {} } = props;
  const staying = brokers.filter(({ leaving }) => !leaving).length;
  if (staying === 0) return [];
  const findings: Finding[] = [];
  const found = (message: string) => findings.push({ code: 'kafka/replication', message });
  const count = staying === 1 ? '1 broker stays' : `${staying} brokers stay`;
  const factors = [
    ...['offsets.topic.replication.factor', ...COPIES.map(([factor]) => factor)].map(
      (key) => [`configuration: ${key}`, configuration[key]] as const,
    ),
    ...Object.entries(topics).map(
      ([name, topic]) => [`topic "${name}": replicationFactor`, topic.replicationFactor] as const,
    ),
  ];
  for (const [what, value] of factors) {
    if (value === undefined) continue;
    if (!Number.isInteger(Number(value)) || Number(value) < 1)
      found(`${what} is ${value}; give a whole number from 1`);
    else if (Number(value) > staying)
      found(`${what} is ${value}, and ${count}; give at most ${staying}, or more brokers`);
  }
  for (const [factor, inSync] of COPIES) {
    const copies = Number(configuration[factor] ?? Math.min(3, staying));
    const wanted =
      inSync === 'min.insync.replicas'
        ? defaults.minInSync
        : Number(configuration[inSync] ?? (copies >= 3 ? 2 : 1));
    if (wanted > copies)
      found(
        `configuration: ${inSync} is ${wanted} of ${copies} copies, so that nothing could be written with acks=all; lower it, or raise ${factor}`,
      );
  }
  return findings;
}
