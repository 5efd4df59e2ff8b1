import type { IConstruct } from 'constructs';

const WARNINGS = Symbol.for('cdk8s-stateful.Warnings');

type Root = IConstruct & { [WARNINGS]?: Set<string> };

/** Has `PlatformApp.synth` tell people something that is allowed and that they should know of. */
export function reportWarning(scope: IConstruct, text: string): void {
  const root = scope.node.root as Root;
  if (!root[WARNINGS]) Object.defineProperty(root, WARNINGS, { value: new Set() });
  root[WARNINGS]?.add(`${scope.node.path || 'app'}: ${text}`);
}

/** What was reported below `root` and not taken yet, `path: text`, each once. */
export function takeWarnings(root: IConstruct): string[] {
  const warnings = (root as Root)[WARNINGS];
  const texts = [...(warnings ?? [])];
  warnings?.clear();
  return texts;
}
