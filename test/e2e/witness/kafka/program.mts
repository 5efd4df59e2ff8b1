import { runVerb } from '../verbs.js';
import { readAndCompare, writeUntilStopped } from '../writing.js';
import { type KafkaSessionOptions, openKafka } from './session.mjs';

// The program of the witness's pod: it takes what `grantAccess` gives to any consumer from its environment.

const { env } = process;
const here: KafkaSessionOptions = {
  bootstrap: env.KAFKA_BOOTSTRAP_SERVERS ?? '',
  topic: env.TOPIC ?? 'witness',
  username: env.KAFKA_SASL_USERNAME,
  password: env.KAFKA_SASL_PASSWORD,
  ca: env.KAFKA_SSL_CA,
  cert: env.KAFKA_SSL_CERTIFICATE,
  key: env.KAFKA_SSL_KEY,
};

runVerb({
  write: () => writeUntilStopped(() => openKafka(here)),
  read: ([bootstrap, topic, ranges]) =>
    readAndCompare(() => openKafka({ ...here, bootstrap, topic }), ranges),
});
