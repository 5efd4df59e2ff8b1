import { describe, expect, it } from 'vitest';
import { declaredProps, everything, type PropsInterface, propsOf } from '../support/every-prop';
import { podOf } from '../support/rendering';
import { type EtcdCase, everyProp, SILENT } from './every-prop';
import { etcd } from './rendering';

const PROPS = 'etcd/etcd-props.ts';

/** Interfaces whose props end up in a cluster, with their files. */
const INTERFACES: readonly PropsInterface[] = [
  ['EtcdClusterProps', PROPS],
  ['EtcdStorage', PROPS],
  ['EtcdTls', PROPS, 'core/certificates.ts'],
  ['EtcdAuthentication', PROPS],
  ['EtcdUser', PROPS],
  ['EtcdPermission', PROPS],
  ['EtcdDefragmentation', PROPS],
  ['EtcdConfiguration', PROPS],
  ['EtcdBackup', PROPS, 'core/backup-options.ts'],
  ['EtcdRehearsal', PROPS],
  ['EtcdRestore', PROPS],
  ['EtcdForceNewCluster', PROPS],
  ['ClaimOptions', 'core/storage.ts'],
  ['IssuerReference', 'core/environment.ts'],
  ['PlacementProps', 'core/placement.ts'],
  ['S3Props', 'core/object-store.ts'],
];

function render(props: EtcdCase['with']) {
  // Rendering refuses a cluster that anything is wrong with, so the table holds good values only.
  const { problems, objects: all } = etcd(props, everything);
  const objects = all();
  return {
    problems,
    text: JSON.stringify(objects),
    pods: objects.flatMap((one) => (one.kind === 'StatefulSet' ? [JSON.stringify(podOf(one))] : [])),
  };
}

describe('the table of props', () => {
  it.each(INTERFACES)('holds every prop of %s', (name, ...files) => {
    const declared = declaredProps(name, ...files).filter((prop) => !SILENT.has(prop));
    expect(declared.length).toBeGreaterThan(1);
    expect(propsOf(everyProp, name).sort()).toEqual(declared.sort());
  });
});

describe('every prop', () => {
  it.each(everyProp)(
    '$interface, $prop: leaves a trace; members restart: $restarts',
    ({ with: set, without, restarts }) => {
      const [a, b] = [render(set), render(without)];
      expect(a.problems).toEqual([]);
      expect(a.text).not.toBe(b.text);
      expect(a.pods).toHaveLength(1);
      expect(a.pods[0] !== b.pods[0]).toBe(restarts);
    },
  );
});
