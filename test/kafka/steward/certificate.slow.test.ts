import { X509Certificate } from 'node:crypto';
import * as fs from 'node:fs';
import type { AddressInfo } from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import * as tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KafkaBrokers } from '../../../lib/kafka/steward/brokers';
import { Keys } from '../../../lib/kafka/steward/keys';
import type { KafkaAdmin } from '../../../lib/kafka/wire/kafka-admin';
import { Authority, opensslMissing } from '../../support/certificates';
import { eventually } from '../../support/eventually';
import { type KafkaCluster, kafkaMissing, startKafka } from '../../support/kafka-cluster';
import { loopbackAdmin, loopbackBrokers } from './loopback-kafka';

const ENOUGH = 180_000;
const VERSIONS = ['3.9.1', '4.2.1', '4.3.1'];

describe.skipIf(kafkaMissing ?? opensslMissing).each(VERSIONS)(
  'a new certificate for Kafka %s',
  (version) => {
    const root = fs.mkdtempSync(path.join(os.tmpdir(), 'kafka-certificate-'));
    const secret = path.join(root, 'tls');
    const keys = new Keys('tls', root, 10_000);
    const shown: string[] = [];
    let authority: Authority;
    let controllerInstead: tls.Server;
    let cluster: KafkaCluster;
    let admin: KafkaAdmin;
    let system: KafkaBrokers;
    const serial = (pem: Buffer | undefined) => new X509Certificate(pem!).serialNumber;

    beforeAll(async () => {
      authority = new Authority(path.join(root, 'authority'));
      authority.issue(secret);
      cluster = await startKafka({
        version,
        controllers: 1,
        brokers: 1,
        listeners: { CONTROLLER: 'SSL', REPLICATION: 'SSL' },
        properties: {
          'ssl.keystore.type': 'PEM',
          'ssl.keystore.location': path.join(secret, 'tls-combined.pem'),
          'ssl.truststore.type': 'PEM',
          'ssl.truststore.location': path.join(secret, 'ca.crt'),
          'ssl.client.auth': 'required',
        },
      });
      admin = loopbackAdmin(cluster, () => keys.transport());
      system = loopbackBrokers(cluster, admin, { transport: 'tls' }, keys);
    }, ENOUGH);
    afterAll(async () => {
      admin?.close();
      controllerInstead?.close();
      await cluster?.stop();
      fs.rmSync(root, { recursive: true, force: true });
    });

    it('is seen not to be served, and served after the broker was told to read it', async () => {
      expect((await system.look()).staleCertificates).toEqual([]);
      authority.issue(secret);
      const stale = await system.look();
      expect(stale).toMatchObject({ known: true, staleCertificates: [0] });
      await system.reloadCertificate(0);
      await eventually(
        () => system.look(),
        (seen) => seen.staleCertificates.length === 0,
      );
    });

    it('is read again each time, and leaves no setting behind', async () => {
      authority.issue(secret);
      await system.reloadCertificate(0);
      await eventually(
        () => system.look(),
        (seen) => seen.staleCertificates.length === 0,
      );
      const found = await admin.describeConfigs([{ type: 'broker', name: '0' }]);
      expect(found.get('0')?.filter(({ source }) => source === 'broker')).toEqual([]);
    });

    // So that a broker has to be restarted before the old one runs out.
    it(
      'is not shown to the controllers before the broker is restarted',
      async () => {
        const started = serial(keys.certificate());
        const { cert, key, ca } = keys.transport().tls!;
        controllerInstead = tls.createServer({ cert, key, ca, requestCert: true }, (socket) => {
          shown.push(serial(socket.getPeerX509Certificate()?.raw));
          socket.destroy();
        });
        controllerInstead.on('tlsClientError', () => undefined);
        await new Promise<void>((resolve) => controllerInstead.listen(0, '127.0.0.1', resolve));
        const { port } = controllerInstead.address() as AddressInfo;
        const { server } = cluster.brokers.get(0)!;
        await server.stop('SIGTERM');
        const [{ host, port: real }] = cluster.controllerAddresses();
        const servers = `controller.quorum.bootstrap.servers=${host}:${real},127.0.0.1:${port}\n`;
        fs.appendFileSync(server.propertiesFile, servers);
        await server.start();
        await server.serving();
        authority.issue(secret);
        await system.look();
        await system.reloadCertificate(0);
        await eventually(
          () => system.look(),
          (seen) => seen.staleCertificates.length === 0,
        );
        shown.length = 0;
        // Without a leader it asks whoever might know one.
        await cluster.controllers.get(3000)!.server.stop();
        await eventually(
          async () => shown.length,
          (count) => count > 0,
          { timeoutMs: 60_000 },
        );
        expect(new Set(shown)).toEqual(new Set([started]));
        expect(serial(keys.certificate())).not.toBe(started);
      },
      ENOUGH,
    );
  },
);
