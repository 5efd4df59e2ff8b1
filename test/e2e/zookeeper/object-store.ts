import { ApiObject, type Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { HELPER_USER, podBasics, podSecurity } from '../../../lib/core/security';

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
