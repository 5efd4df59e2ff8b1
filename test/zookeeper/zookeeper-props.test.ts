import { describe, expect, it } from 'vitest';
import { declaredProps, everything, type PropsInterface, propsOf } from '../support/every-prop';
import { ensemble, podOf } from '../support/rendering';
import { everyProp, type ZooKeeperCase } from './every-prop';

/** Interfaces whose props end up in an ensemble, with their files. */
const INTERFACES: readonly PropsInterface[] = [
  ['ZooKeeperClusterProps', 'zookeeper/zookeeper-props.ts'],
  ['ZooKeeperStorage', 'zookeeper/zookeeper-props.ts'],
  ['ZooKeeperTls', 'zookeeper/zookeeper-props.ts', 'core/certificates.ts'],
  ['ZooKeeperAuthentication', 'zookeeper/zookeeper-props.ts'],
  ['ZooKeeperConfiguration', 'zookeeper/zookeeper-props.ts'],
  ['ZooKeeperBackup', 'zookeeper/zookeeper-props.ts'],
  ['ZooKeeperRestore', 'zookeeper/zookeeper-props.ts'],
  ['ClaimOptions', 'core/storage.ts'],
  ['IssuerReference', 'core/environment.ts'],
  ['PlacementProps', 'core/placement.ts'],
  ['S3Props', 'core/object-store.ts'],
];

function render(props: ZooKeeperCase['with']) {
  // Rendering refuses an ensemble that anything is wrong with, so the table holds good values only.
  const objects = ensemble(props, everything).objects();
  return {
    text: JSON.stringify(objects),
    pods: objects.flatMap((one) => (one.kind === 'StatefulSet' ? [JSON.stringify(podOf(one))] : [])),
  };
}

describe('the table of props', () => {
  it.each(INTERFACES)('holds every prop of %s', (name, ...files) => {
    const declared = declaredProps(name, ...files);
    expect(declared.length).toBeGreaterThan(1);
    expect(propsOf(everyProp, name).sort()).toEqual(declared.sort());
  });
});

describe('every prop', () => {
  it.each(everyProp)(
    '$interface, $prop: leaves a trace; members restart: $restarts',
    ({ with: set, without, restarts }) => {
      const [a, b] = [render(set), render(without)];
      expect(a.text).not.toBe(b.text);
      expect(a.pods).toHaveLength(1);
      expect(a.pods[0] !== b.pods[0]).toBe(restarts);
    },
  );
});
