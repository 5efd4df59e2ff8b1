import { log, runRole } from '../steward/program.js';
import { runKafkaGate } from './gate/run.js';
import { KAFKA_GATE_PATHS, kafkaGateMember } from './gate/settings.js';
import { KafkaAdmin } from './wire/kafka-admin.js';

runRole('kafka-gate.mjs', {
  gate: () =>
    runKafkaGate({
      member: kafkaGateMember(process.env),
      paths: KAFKA_GATE_PATHS,
      log,
      connect: ({ brokers, controllers, transport }) =>
        new KafkaAdmin({
          brokers: () => brokers,
          controllers: () => controllers,
          transport: () => transport,
        }),
    }),
});
