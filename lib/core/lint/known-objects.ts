import type { LintContext } from './context';
import { CREATES_SECRET_ANNOTATION } from './context';
import type { Manifest, RenderedObject } from './manifest';
import { claimTemplatesOf, nameOf, namespaceOf, typeOf } from './manifest';

/** What exists in every cluster and namespace. */
const BUILT_IN = new Set([
  'ConfigMap/kube-root-ca.crt',
  'ServiceAccount/default',
  ...['admin', 'cluster-admin', 'edit', 'view'].map((role) => `ClusterRole/${role}`),
]);

/**
 * Everything that a reference may name: what the app renders, what that makes, and what exists without it.
 */
export class KnownObjects {
  private readonly names = new Set<string>();
  private readonly anywhere = new Set<string>(BUILT_IN);
  private readonly configMaps = new Map<string, Manifest>();
  /** Claims without the ordinal of their member. */
  private readonly memberClaims = new Set<string>();

  constructor(objects: readonly RenderedObject[], { external = [], storageClasses = [] }: LintContext) {
    for (const { manifest } of objects) {
      this.add(manifest.kind, namespaceOf(manifest), nameOf(manifest));
      this.addMade(manifest);
    }
    for (const { kind, namespace, name } of external) this.add(kind, namespace, name);
    for (const name of storageClasses) this.add('StorageClass', undefined, name);
  }

  /**
   * Whether `kind` `name` exists in `namespace`; the namespace of a kind that has none is the empty string.
   */
  has(kind: string, namespace: string, name: string): boolean {
    if (this.names.has(`${kind}/${namespace}/${name}`) || this.anywhere.has(`${kind}/${name}`)) return true;
    if (kind === 'PersistentVolumeClaim')
      return this.memberClaims.has(`${namespace}/${name.replace(/-\d+$/, '')}`);
    return kind === 'ClusterRole' && name.startsWith('system:');
  }

  /** A ConfigMap of the app. */
  configMap(namespace: string, name: string): Manifest | undefined {
    return this.configMaps.get(`${namespace}/${name}`);
  }

  private add(kind: string, namespace: string | undefined, name: string): void {
    if (namespace === undefined) this.anywhere.add(`${kind}/${name}`);
    else this.names.add(`${kind}/${namespace}/${name}`);
  }

  private addMade(manifest: Manifest): void {
    const namespace = namespaceOf(manifest);
    const name = nameOf(manifest);
    for (const secret of secretsMadeBy(manifest)) {
      this.add('Secret', manifest.kind === 'ClusterExternalSecret' ? undefined : namespace, secret);
    }
    if (typeOf(manifest) === 'ConfigMap') this.configMaps.set(`${namespace}/${name}`, manifest);
    for (const claim of claimTemplatesOf(manifest))
      this.memberClaims.add(`${namespace}/${nameOf(claim)}-${name}`);
  }
}

interface SecretMakingSpec {
  readonly secretName?: string;
  readonly target?: { readonly name?: string };
  readonly externalSecretName?: string;
  readonly externalSecretSpec?: { readonly target?: { readonly name?: string } };
}

/** Names of the Secrets that come to be because of an object. */
function secretsMadeBy(manifest: Manifest): string[] {
  const annotated = manifest.metadata?.annotations?.[CREATES_SECRET_ANNOTATION] ?? '';
  const made = annotated.split(',').map((name) => name.trim());
  return [...made, secretOf(manifest) ?? ''].filter((name) => name !== '');
}

function secretOf(manifest: Manifest): string | undefined {
  const spec = (manifest.spec ?? {}) as SecretMakingSpec;
  const name = nameOf(manifest);
  switch (typeOf(manifest)) {
    case 'ExternalSecret.external-secrets.io':
      return spec.target?.name ?? name;
    case 'ClusterExternalSecret.external-secrets.io':
      return spec.externalSecretSpec?.target?.name ?? spec.externalSecretName ?? name;
    case 'Certificate.cert-manager.io':
      return spec.secretName;
    case 'SealedSecret.bitnami.com':
      return name;
    default:
      return undefined;
  }
}
