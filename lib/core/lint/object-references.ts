import type { Manifest } from './manifest';
import { typeOf } from './manifest';
import type { Reference } from './pod-references';

interface IngressBackend {
  readonly service?: { readonly name: string };
}

interface IngressSpec {
  readonly defaultBackend?: IngressBackend;
  readonly rules?: readonly {
    readonly host?: string;
    readonly http?: {
      readonly paths?: readonly { readonly path?: string; readonly backend: IngressBackend }[];
    };
  }[];
}

function backendReference(by: string, backend: IngressBackend | undefined): Reference[] {
  return backend?.service ? [{ by, kind: 'Service', name: backend.service.name }] : [];
}

function ingressReferences({ defaultBackend, rules }: IngressSpec): Reference[] {
  const paths = (rules ?? []).flatMap(({ host = '*', http }) =>
    (http?.paths ?? []).flatMap(({ path = '/', backend }) =>
      backendReference(`path ${host}${path}`, backend),
    ),
  );
  return [...backendReference('the default backend', defaultBackend), ...paths];
}

interface BindingFields {
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly {
    readonly kind: string;
    readonly name: string;
    readonly namespace?: string;
  }[];
}

function bindingReferences(manifest: Manifest): Reference[] {
  const { roleRef, subjects } = manifest as unknown as BindingFields;
  const role = roleRef && {
    by: 'roleRef',
    kind: roleRef.kind,
    name: roleRef.name,
    namespace: roleRef.kind === 'ClusterRole' ? '' : undefined,
  };
  const accounts = (subjects ?? []).filter(({ kind }) => kind === 'ServiceAccount');
  return [
    ...(role ? [role] : []),
    ...accounts.map(({ kind, name, namespace }) => ({ by: 'a subject', kind, name, namespace })),
  ];
}

interface ScalerSpec {
  readonly scaleTargetRef?: { readonly kind: string; readonly name: string };
}

/** What an object other than its pods needs. */
export function objectReferences(manifest: Manifest): Reference[] {
  const spec = manifest.spec ?? {};
  switch (typeOf(manifest)) {
    case 'StatefulSet.apps': {
      const { serviceName } = spec as { readonly serviceName?: string };
      return serviceName ? [{ by: 'serviceName', kind: 'Service', name: serviceName }] : [];
    }
    case 'Ingress.networking.k8s.io':
      return ingressReferences(spec as IngressSpec);
    case 'RoleBinding.rbac.authorization.k8s.io':
    case 'ClusterRoleBinding.rbac.authorization.k8s.io':
      return bindingReferences(manifest);
    case 'HorizontalPodAutoscaler.autoscaling': {
      const { scaleTargetRef } = spec as ScalerSpec;
      return scaleTargetRef
        ? [{ by: 'scaleTargetRef', kind: scaleTargetRef.kind, name: scaleTargetRef.name }]
        : [];
    }
    default:
      return [];
  }
}
