import type { EnvironmentProps } from '../../lib';

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
