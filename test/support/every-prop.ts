import { join } from 'node:path';
import { Credentials, type EnvironmentProps, ObjectStore, type S3Props } from '../../lib';
import { interfaceProperties } from './interface-properties';

const LIB = join(__dirname, '../../lib');

/** A place in which every prop can be used. */
export const everything: EnvironmentProps = {
  name: 'test',
  zones: ['h', 'i', 'j'],
  storage: { standard: 'essd', fast: 'pl2' },
  certificates: { issuer: { name: 'internal' } },
  secretStore: { name: 'vault' },
  monitoring: 'prometheus-operator',
  ssdNodeLabels: { disk: 'ssd' },
  dedicatedNodes: { labels: { group: 'stateful' }, taints: [{ key: 'dedicated' }] },
};

/** Credentials in a Secret of this name. */
export const user = (name: string) => Credentials.existing(name);

/** A bucket for backups. */
export const bucket = (name: string, props: Partial<S3Props> = {}) =>
  ObjectStore.s3({ bucket: name, credentials: user('s3'), ...props });

/** An interface of props, and the files below `lib` that declare it and what it extends. */
export type PropsInterface = [name: string, ...files: string[]];

/** A prop, a rendering with it and one that differs in nothing else, and who restarts for the difference. */
export interface Case<Props, Restarts> {
  readonly interface: string;
  readonly prop: string;
  readonly with: Partial<Props>;
  readonly without: Partial<Props>;
  readonly restarts: Restarts;
}

/** A value of every prop, and the one to compare it with. */
type Values<T, Restarts> = {
  readonly [Prop in keyof T]-?: readonly [value: T[Prop], restarts: Restarts, other?: T[Prop]];
};

/** Makes cases of clusters with such props. */
export function casesFor<Props, Restarts>() {
  /** Cases for the props of an interface; `at` puts them into the props of a cluster beside what they need. */
  return <T extends object>(
    name: string,
    values: Values<T, Restarts>,
    base: Partial<T>,
    at: (props: Partial<T>) => Partial<Props>,
  ): Case<Props, Restarts>[] =>
    Object.entries(values as unknown as Record<string, [unknown, Restarts, unknown?]>).map(
      ([prop, [value, restarts, other]]) => ({
        interface: name,
        prop,
        with: at({ ...base, [prop]: value } as Partial<T>),
        without: at({ ...base, [prop]: other } as Partial<T>),
        restarts,
      }),
    );
}

/** Props that an interface declares in these files below `lib`. */
export function declaredProps(name: string, ...files: string[]): string[] {
  const [file, ...further] = files.map((path) => join(LIB, path));
  return interfaceProperties(file, name, ...further);
}

/** Props of an interface that there are cases of. */
export function propsOf(
  cases: readonly { readonly interface: string; readonly prop: string }[],
  name: string,
): string[] {
  return cases.filter((one) => one.interface === name).map(({ prop }) => prop);
}
