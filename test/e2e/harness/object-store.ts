import { ApiObject, type Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { Credentials, ObjectStore } from '../../../lib';
import { HELPER_USER, podBasics, podSecurity } from '../../../lib/core/security';
import { isReady, type Manifest, nameOf } from './cluster';
import type { Run } from './run';
import { missing } from './wait';

/** The object store of a case. */
export const S3 = {
  name: 's3',
  bucket: 'backups',
  endpoint: 'http://s3:7070',
  user: { username: 'backup-user', password: 'backup-password' },
};

/** Secret with the store's user; made by the case, since manifests hold no passwords. */
export const STORE_SECRET = 's3-user';

/** A versitygw with one bucket, which forgets everything with its pod. */
export function s3Objects(chart: Chart): void {
  const labels = { app: S3.name };
  const from = (key: string) => ({ secretKeyRef: { name: STORE_SECRET, key } });
  const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
  const volumeMounts = [{ name: 'store', mountPath: '/store' }];
  new ApiObject(
    chart,
    's3-service',
    k8s.KubeService.manifest({
      metadata: { name: S3.name },
      spec: { selector: labels, ports: [{ port: 7070 }] },
    }),
  );
  new ApiObject(
    chart,
    's3-pod',
    k8s.KubePod.manifest({
      metadata: { name: S3.name, labels },
      spec: {
        ...podBasics,
        terminationGracePeriodSeconds: 1,
        securityContext: podSecurity(HELPER_USER),
        initContainers: [
          {
            name: 'bucket',
            image: 'busybox:1.37',
            command: ['mkdir', '-p', `/store/${S3.bucket}`],
            securityContext,
            volumeMounts,
          },
        ],
        containers: [
          {
            name: 's3',
            image: 'versity/versitygw:v1.8.0',
            args: ['posix', '/store'],
            env: [
              { name: 'ROOT_ACCESS_KEY', valueFrom: from('username') },
              { name: 'ROOT_SECRET_KEY', valueFrom: from('password') },
            ],
            ports: [{ containerPort: 7070 }],
            readinessProbe: { tcpSocket: { port: k8s.IntOrString.fromNumber(7070) }, periodSeconds: 1 },
            securityContext,
            volumeMounts,
          },
        ],
        volumes: [{ name: 'store', emptyDir: {} }],
      },
    }),
  );
}

/** The store as clusters are told of it, and what their place has to have for that. */
export const backups = ObjectStore.s3({
  bucket: S3.bucket,
  endpoint: S3.endpoint,
  credentials: Credentials.existing(STORE_SECRET),
});
export const existing = [{ kind: 'Secret', name: STORE_SECRET }];

/** Makes the Secret with the store's user. */
export async function prepareStore(run: Run): Promise<void> {
  await run.ensureNamespace();
  const secret: Manifest = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: STORE_SECRET, namespace: run.namespace },
    stringData: S3.user,
  };
  await run.apply([secret]);
}

/** Runs a CronJob's Job now, waits until it has succeeded, and gives what one of its containers has logged. */
export async function runNow(
  run: Run,
  cronJob: string,
  container: string,
  deadlineSeconds = 120,
): Promise<string> {
  const { cluster, namespace } = run;
  await run.waitFor('the object store', 60, async () => {
    const [store] = (await cluster.pods(namespace)).filter((pod) => nameOf(pod) === S3.name);
    if (!store || !isReady(store)) missing('it is not ready');
  });
  const { spec } = await cluster.batch.readNamespacedCronJob({ namespace, name: cronJob });
  const { metadata } = await cluster.batch.createNamespacedJob({
    namespace,
    body: { metadata: { generateName: `${cronJob}-now-` }, spec: spec?.jobTemplate.spec },
  });
  const name = metadata?.name ?? '';
  return run.waitFor(`${name} complete`, deadlineSeconds, async () => {
    const { status } = await cluster.batch.readNamespacedJob({ namespace, name });
    if (!status?.succeeded) missing('it has not succeeded');
    const pods = await cluster.pods(namespace, `job-name=${name}`);
    const done = pods.find((pod) => pod.status?.phase === 'Succeeded') ?? missing('its pod is gone');
    return cluster.log(namespace, nameOf(done), { container });
  });
}
