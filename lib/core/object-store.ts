import type { Credentials, CredentialsReference } from './credentials';
import type { Environment } from './environment';
import type { Finding } from './problem';

/** Props of an S3-compatible store. */
export interface S3Props {
  readonly bucket: string;
  /** Directory in the bucket. @default - `<environment>/<namespace>/<cluster>` */
  readonly prefix?: string;
  /** URL of the service. @default - AWS */
  readonly endpoint?: string;
  /** @default 'us-east-1' */
  readonly region?: string;
  /** Provider as rclone names it: AWS, Alibaba, Ceph, Minio, Other ... @default - 'AWS' without an endpoint, else 'Other' */
  readonly provider?: string;
  /** Access key id as user name, secret access key as password. */
  readonly credentials: Credentials;
}

/** A variable as a container takes it. */
export interface EnvironmentVariable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef: { readonly name: string; readonly key: string } };
}

/** Object storage for backups. */
export class ObjectStore {
  /** An S3-compatible store. */
  static s3(props: S3Props): ObjectStore {
    return new ObjectStore(props);
  }

  private constructor(readonly props: S3Props) {}

  /** What is wrong with this store in an environment; `what` names its use. @internal */
  check(what: string, environment: Environment): Finding[] {
    const { endpoint, credentials } = this.props;
    const findings = credentials.check(what, environment);
    if (credentials.isGenerated) {
      const message = `${what}: Credentials.generated makes up a key that the store does not know; use Credentials.existing or Credentials.external`;
      findings.push({ code: 'core/object-store', message });
    }
    if (endpoint && !(/^https?:/.test(endpoint) && URL.canParse(endpoint))) {
      const message = `${what}: endpoint "${endpoint}" is not a URL; write it with its scheme, such as https://minio.example.com:9000`;
      findings.push({ code: 'core/object-store', message });
    }
    return findings;
  }

  /** Bucket and directory; that of the props takes the place of `own`. @internal */
  directory(own?: string): string {
    const { bucket, prefix } = this.props;
    return [bucket, prefix ?? own].filter(Boolean).join('/');
  }

  /** Port that the service listens on, for a NetworkPolicy. @internal */
  get port(): number {
    const { endpoint } = this.props;
    if (!endpoint || !URL.canParse(endpoint)) return 443;
    const url = new URL(endpoint);
    return Number(url.port) || (url.protocol === 'http:' ? 80 : 443);
  }

  /**
   * Variables that define the rclone remote `store:`. https://rclone.org/docs/#environment-variables
   * @internal
   */
  environment(credentials: CredentialsReference): EnvironmentVariable[] {
    const { endpoint, region, provider } = this.props;
    const secret = (key: string) => ({ secretKeyRef: { name: credentials.secretName, key } });
    return [
      { name: 'RCLONE_CONFIG_STORE_TYPE', value: 's3' },
      { name: 'RCLONE_CONFIG_STORE_PROVIDER', value: provider ?? (endpoint ? 'Other' : 'AWS') },
      { name: 'RCLONE_CONFIG_STORE_REGION', value: region ?? 'us-east-1' },
      ...(endpoint ? [{ name: 'RCLONE_CONFIG_STORE_ENDPOINT', value: endpoint }] : []),
      { name: 'RCLONE_CONFIG_STORE_ACCESS_KEY_ID', valueFrom: secret(credentials.usernameKey) },
      { name: 'RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY', valueFrom: secret(credentials.passwordKey) },
      // The bucket is the administrator's; asking for it needs a right that a backup does not.
      { name: 'RCLONE_S3_NO_CHECK_BUCKET', value: 'true' },
    ];
  }
}
