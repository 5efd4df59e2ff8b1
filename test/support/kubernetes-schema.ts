import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Ajv, { type ErrorObject, type ValidateFunction } from 'ajv';
import { k8s } from 'cdk8s-plus-27';
import { declarationSchema } from './declaration-schema';
import { jsiiSchema } from './jsii-schema';

/**
 * Checks manifests against the API of Kubernetes 1.27, the release that `cdk8s-plus-27` was generated from. That
 * package carries its machine-readable description, so nothing is copied and nothing can drift. Unknown fields are
 * refused everywhere, as `kubectl apply --validate=strict` does, but for the one newer field that makes a sidecar. Enumerations are not part of the description:
 * a misspelt `imagePullPolicy` passes.
 */

/** Custom resources, from the type declarations of the `@kubernetes-models` packages. */
const customResources: Record<string, [declarations: string, type: string]> = {
  'cert-manager.io/v1/Certificate': ['@kubernetes-models/cert-manager', 'ICertificate'],
  'cert-manager.io/v1/ClusterIssuer': ['@kubernetes-models/cert-manager', 'IClusterIssuer'],
  'cert-manager.io/v1/Issuer': ['@kubernetes-models/cert-manager', 'IIssuer'],
  'external-secrets.io/v1/ClusterSecretStore': ['@kubernetes-models/external-secrets', 'IClusterSecretStore'],
  'external-secrets.io/v1/ExternalSecret': ['@kubernetes-models/external-secrets', 'IExternalSecret'],
  'external-secrets.io/v1/SecretStore': ['@kubernetes-models/external-secrets', 'ISecretStore'],
  'monitoring.coreos.com/v1/PodMonitor': ['@kubernetes-models/prometheus-operator', 'IPodMonitor'],
  'monitoring.coreos.com/v1/PrometheusRule': ['@kubernetes-models/prometheus-operator', 'IPrometheusRule'],
  'monitoring.coreos.com/v1/ServiceMonitor': ['@kubernetes-models/prometheus-operator', 'IServiceMonitor'],
};

/** `apiVersion/kind` of what we emit and have no schema for. Each entry is a hole in the check: say why it is here. */
export const kindsWithoutSchema: ReadonlySet<string> = new Set<string>([]);

const quantity = {
  type: ['string', 'number'],
  pattern: '^[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+|[numkMGTPE]|[KMGTPE]i)?$',
};

let kubernetes: { ajv: Ajv; kinds: Map<string, string>; bySchemaName: Map<string, string> } | undefined;

function load() {
  if (kubernetes) return kubernetes;
  const file = join(packageFolder('cdk8s-plus-27'), '.jsii');
  const { definitions, bySchemaName } = jsiiSchema(
    JSON.parse(readFileSync(file, 'utf8')),
    'cdk8s-plus-27.k8s.',
    {
      IntOrString: { type: ['integer', 'string'] },
      Quantity: quantity,
    },
  );
  const kinds = new Map<string, string>();
  for (const [name, kube] of Object.entries(k8s)) {
    const gvk = (kube as { GVK?: { apiVersion: string; kind: string } }).GVK;
    const definition = definitions[`${name}Props`];
    if (!gvk || !definition?.properties) continue;
    kinds.set(`${gvk.apiVersion}/${gvk.kind}`, `kubernetes#/definitions/${name}Props`);
    Object.assign(definition.properties, {
      apiVersion: { const: gvk.apiVersion },
      kind: { const: gvk.kind },
    });
  }
  // Of Kubernetes 1.29, which sidecars are rendered for.
  Object.assign(definitions.Container.properties ?? {}, { restartPolicy: { enum: ['Always'] } });
  const ajv = new Ajv({ allErrors: true, allowUnionTypes: true, strictTypes: false, validateFormats: false });
  ajv.addSchema({ $id: 'kubernetes', definitions });
  kubernetes = { ajv, kinds, bySchemaName };
  return kubernetes;
}

const validators = new Map<string, ValidateFunction | undefined>();

function validatorOf(kind: string): ValidateFunction | undefined {
  if (!validators.has(kind)) validators.set(kind, compile(kind));
  return validators.get(kind);
}

function compile(kind: string): ValidateFunction | undefined {
  const { ajv, kinds, bySchemaName } = load();
  const builtIn = kinds.get(kind);
  if (builtIn) return ajv.compile({ $ref: builtIn });
  const custom = customResources[kind];
  if (!custom) return undefined;
  const [name, type] = custom;
  const file = join(packageFolder(name), `${kind}.d.ts`);
  const known = (schemaName: string) => {
    const definition = bySchemaName.get(schemaName.toLowerCase());
    return definition && `kubernetes#/definitions/${definition}`;
  };
  return ajv.compile(declarationSchema(file, type, known));
}

/** What the API server of Kubernetes 1.27 would refuse in `manifest`; empty when it is fine. */
export function schemaProblems(manifest: unknown): string[] {
  const { apiVersion, kind, metadata } = (manifest ?? {}) as {
    apiVersion?: unknown;
    kind?: unknown;
    metadata?: { name?: unknown };
  };
  if (typeof apiVersion !== 'string' || typeof kind !== 'string')
    return ['manifest has no apiVersion and kind'];
  const subject = `${kind} ${metadata?.name ?? '(no name)'}`;
  if (kindsWithoutSchema.has(`${apiVersion}/${kind}`)) return [];
  const validate = validatorOf(`${apiVersion}/${kind}`);
  if (!validate) {
    return [
      `${subject}: ${apiVersion} ${kind} is not in Kubernetes 1.27 and has no schema here; add it to customResources or kindsWithoutSchema`,
    ];
  }
  if (validate(manifest)) return [];
  return [...new Set((validate.errors ?? []).map((error) => `${subject}: ${describe(error)}`))];
}

function describe(error: ErrorObject): string {
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replace(/~1/g, '/').replace(/~0/g, '~'))
    .reduce(
      (all, part) => (/^\d+$/.test(part) ? `${all}[${part}]` : all === '' ? part : `${all}.${part}`),
      '',
    );
  const at = (field: string) => (path === '' ? field : `${path}.${field}`);
  if (error.keyword === 'additionalProperties')
    return `${at(error.params.additionalProperty)}: unknown field`;
  if (error.keyword === 'required') return `${at(error.params.missingProperty)}: required`;
  if (error.keyword === 'const') return `${path}: must be ${JSON.stringify(error.params.allowedValue)}`;
  if (error.keyword === 'enum') return `${path}: must be one of ${error.params.allowedValues.join(', ')}`;
  return `${path === '' ? 'manifest' : path}: ${error.message}`;
}

/** Folder of an installed package, without loading it. */
function packageFolder(name: string): string {
  for (let at = __dirname; ; at = dirname(at)) {
    const folder = join(at, 'node_modules', name);
    try {
      readFileSync(join(folder, 'package.json'));
      return folder;
    } catch (error) {
      if (at === dirname(at)) throw error;
    }
  }
}
