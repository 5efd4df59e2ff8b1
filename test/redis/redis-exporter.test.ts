import { Size } from 'cdk8s';
import { describe, expect, it } from 'vitest';
import { podOf } from '../support/rendering';
import { cluster, replication } from './rendering';

const MONITORED = { monitoring: 'prometheus-operator' } as const;

type Container = {
  name: string;
  image: string;
  env: { name: string; value?: string }[];
  resources: { limits: { memory: string } };
  volumeMounts?: { name: string }[];
};

function exporterIn(statefulSet: object): { container?: Container; env: Record<string, string | undefined> } {
  const containers: Container[] = podOf(statefulSet as Parameters<typeof podOf>[0]).spec.containers;
  const container = containers.find(({ name }) => name === 'exporter');
  return {
    container,
    env: Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value])),
  };
}

describe('an exporter', () => {
  it('is there where the environment has monitoring, or where it is asked for', () => {
    expect(exporterIn(replication().find('StatefulSet', 'redis')).container).toBeUndefined();
    const off = replication({ exporter: false }, MONITORED).find('StatefulSet', 'redis');
    expect(exporterIn(off).container).toBeUndefined();
    expect(exporterIn(replication({}, MONITORED).find('StatefulSet', 'redis')).container?.image).toBe(
      'oliver006/redis_exporter:v1.88.0',
    );
    const asked = replication({ exporter: { image: 'mine:1', memory: Size.mebibytes(96) } });
    const { container } = exporterIn(asked.find('StatefulSet', 'redis'));
    expect(container).toMatchObject({ image: 'mine:1', resources: { limits: { memory: '96Mi' } } });
    expect(exporterIn(cluster({}, MONITORED).find('StatefulSet', 'redis-2')).container).toBeDefined();
  });

  it('has no password to keep, reads no settings, and asks nobody else', () => {
    const { container, env } = exporterIn(replication({}, MONITORED).find('StatefulSet', 'redis'));
    expect(env).toMatchObject({
      REDIS_ADDR: 'redis://127.0.0.1:6379',
      REDIS_USER: 'exporter',
      REDIS_EXPORTER_CONFIG_COMMAND: '-',
      REDIS_EXPORTER_DISABLE_SCRAPE_ENDPOINT: 'true',
    });
    expect(container?.volumeMounts).toBeUndefined();
  });

  it('talks TLS as servers do, by the name in their certificate', () => {
    const { container, env } = exporterIn(
      replication({ tls: { secret: 'keys' } }, MONITORED).find('StatefulSet', 'redis'),
    );
    expect(env).toMatchObject({
      REDIS_ADDR: 'rediss://127.0.0.1:6379',
      REDIS_EXPORTER_TLS_CA_CERT_FILE: '/secrets/tls/ca.crt',
      REDIS_EXPORTER_TLS_SERVER_NAME: '$(POD_NAME).redis-headless.data.svc.cluster.local',
    });
    expect(env.REDIS_EXPORTER_TLS_CLIENT_KEY_FILE).toBeUndefined();
    expect(container?.volumeMounts?.map(({ name }) => name)).toEqual(['tls']);
    const needed = replication({ tls: { secret: 'keys', clientAuthentication: 'need' } }, MONITORED).find(
      'StatefulSet',
      'redis',
    );
    expect(exporterIn(needed).env).toMatchObject({
      REDIS_EXPORTER_TLS_CLIENT_CERT_FILE: '/secrets/tls/tls.crt',
      REDIS_EXPORTER_TLS_CLIENT_KEY_FILE: '/secrets/tls/tls.key',
    });
  });
});
