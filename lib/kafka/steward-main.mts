import { log, runRole } from '../steward/program.js';
import { runSteward } from '../steward/run.js';
import { KafkaBrokers } from './steward/brokers.js';
import { KafkaControllers } from './steward/controllers.js';
import { GroupLags } from './steward/group-lags.js';
import { KafkaCharge } from './steward/kafka-charge.js';
import { Keys } from './steward/keys.js';
import { Provisioner } from './steward/provision.js';
import { tryAtBrokers } from './steward/provision-login.js';
import { Passwords } from './steward/provision-passwords.js';
import type { KafkaStewardSettings } from './steward/settings.js';
import { KafkaAdmin } from './wire/kafka-admin.js';

async function steward(): Promise<void> {
  const settings = JSON.parse(process.env.SETTINGS ?? '{}') as KafkaStewardSettings;
  const keys = new Keys(settings.transport);
  const { brokers, members, controllerHost, controllerPort: port } = settings;
  const admin = new KafkaAdmin({
    brokers: () => brokers,
    controllers: () => members.map(({ id }) => ({ host: controllerHost.replace('{id}', String(id)), port })),
    transport: () => keys.transport(),
  });
  const look = new KafkaBrokers(settings, admin, keys);
  const lags = new GroupLags({ admin });
  lags.start();
  const controllers = settings.controllerSet ? new KafkaControllers(settings, admin) : undefined;
  const provisioner = new Provisioner(
    admin,
    settings,
    new Passwords(tryAtBrokers(settings, () => keys.tls())),
  );
  await runSteward(
    settings,
    (cluster) => new KafkaCharge({ settings, cluster, keys, controllers, brokers: look, provisioner, lags }),
    log,
  );
  lags.stop();
  admin.close();
}

runRole('kafka.mjs', { steward });
