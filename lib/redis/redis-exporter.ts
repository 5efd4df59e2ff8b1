import { Size } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { containerSecurity } from '../core/security';
import type { RedisModel } from './redis-model';
import { PORTS, SECRETS, serverHost } from './redis-names';
import { podName, type RedisContext, readOnly, resourcesOf } from './redis-pod';

const { IntOrString } = k8s;

/** Image of the exporter where nobody chose another. */
export const EXPORTER_IMAGE = 'oliver006/redis_exporter:v1.88.0';

/** Name of the port that Prometheus scrapes. */
export const METRICS_PORT = 'metrics';

/**
 * A redis_exporter beside a server. Whether the server answers it is for an alert to tell (`redis_up`), and no reason to take
 * the pod out of service. https://github.com/oliver006/redis_exporter
 */
export function exporterContainer(model: RedisModel, context: RedisContext): k8s.Container {
  const { exporter } = model.props;
  const memory = (exporter || undefined)?.memory ?? Size.mebibytes(64);
  const probe = (rest: k8s.Probe): k8s.Probe => ({
    httpGet: { path: '/health', port: IntOrString.fromString(METRICS_PORT) },
    ...rest,
  });
  return {
    name: 'exporter',
    image: context.images.exporter,
    env: [podName, ...Object.entries(settings(model)).map(([name, value]) => ({ name, value }))],
    ports: [{ name: METRICS_PORT, containerPort: PORTS.metrics }],
    resources: resourcesOf(memory, '10m'),
    securityContext: containerSecurity,
    livenessProbe: probe({ periodSeconds: 30, timeoutSeconds: 5, failureThreshold: 4 }),
    volumeMounts: context.tlsSecret ? [readOnly('tls', SECRETS.tls)] : undefined,
  };
}

/** The server is asked on this very pod, by its name in the certificate. */
function settings(model: RedisModel): Record<string, string> {
  const { tls, clientAuthentication } = model;
  const file = (name: string) => `${SECRETS.tls}/${name}`;
  return {
    REDIS_ADDR: `${tls ? 'rediss' : 'redis'}://127.0.0.1:${PORTS.server}`,
    REDIS_USER: 'exporter',
    // Any password is right, and without one it would not log in.
    REDIS_PASSWORD: 'none',
    // CONFIG GET tells passwords, and so this user may not.
    REDIS_EXPORTER_CONFIG_COMMAND: '-',
    // It would ask any server that somebody names.
    REDIS_EXPORTER_DISABLE_SCRAPE_ENDPOINT: 'true',
    REDIS_EXPORTER_LOG_FORMAT: 'json',
    ...(tls && {
      REDIS_EXPORTER_TLS_CA_CERT_FILE: file('ca.crt'),
      REDIS_EXPORTER_TLS_SERVER_NAME: serverHost(model, '$(POD_NAME)'),
    }),
    ...(tls &&
      clientAuthentication && {
        REDIS_EXPORTER_TLS_CLIENT_CERT_FILE: file('tls.crt'),
        REDIS_EXPORTER_TLS_CLIENT_KEY_FILE: file('tls.key'),
      }),
  };
}
