import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ApiObject, App, Chart, DependencyGraph, Names, Yaml } from 'cdk8s';
import type { EnvironmentProps } from './environment';
import { Environment } from './environment';
import { lint, type RenderedObject } from './lint';
import type { Problem } from './problem';
import { reportedProblems, ValidationError } from './problem';
import { takeWarnings } from './warnings';

/** Props of `PlatformApp`. */
export interface PlatformAppProps {
  /** The place this app is rendered for. */
  readonly environment: EnvironmentProps & { readonly name: string };
  /** Directory below which the environment's folder is written. @default - $CDK8S_OUTDIR, else 'dist' */
  readonly outdir?: string;
}

/**
 * Everything that one environment runs: a cdk8s App that writes `<outdir>/<environment>/<chart>.yaml` and refuses to
 * when anything in it is wrong, naming all problems at once.
 */
export class PlatformApp extends App {
  readonly environment: Environment;

  constructor(props: PlatformAppProps) {
    super({
      outdir: join(props.outdir ?? process.env.CDK8S_OUTDIR ?? 'dist', props.environment.name),
      outputFileExtension: '.yaml',
    });
    this.environment = Environment.attach(this, props.environment);
  }

  /**
   * Validates everything, then writes a file for each chart. Files are named after charts whatever depends on what, and
   * every object is rendered once, where cdk8s resolves and validates the whole app again for every chart. What is
   * allowed and risky is said on stderr, once.
   * @throws ValidationError with every problem found
   */
  override synth(): void {
    refuse(this, reportedProblems(this));
    const charts = this.charts.map((chart) => ({ chart, objects: render(chart) }));
    refuse(
      this,
      lintApp(
        this,
        charts.flatMap(({ objects }) => objects),
      ),
    );
    for (const warning of takeWarnings(this)) console.error(`warning: ${this.environment.name}/${warning}`);
    mkdirSync(this.outdir, { recursive: true });
    for (const { chart, objects } of charts) {
      const file = join(this.outdir, `${Names.toDnsLabel(chart)}.yaml`);
      Yaml.save(
        file,
        objects.map(({ manifest }) => manifest),
      );
    }
  }
}

/**
 * All problems of an app: those that constructs report of themselves, or, when there are none, those of the rendered
 * objects as a whole (names, duplicates, dangling references, selectors, ports, sizes). Paths start with the name of the
 * environment.
 */
export function validateApp(app: App): Problem[] {
  const reported = reportedProblems(app);
  const problems = reported.length > 0 ? reported : lintApp(app, app.charts.flatMap(render));
  return problems.map((problem) => within(app, problem));
}

function within(app: App, problem: Problem): Problem {
  return { ...problem, path: `${Environment.of(app).name}/${problem.path}` };
}

function refuse(app: App, problems: readonly Problem[]): void {
  if (problems.length > 0) throw new ValidationError(problems.map((problem) => within(app, problem)));
}

/** The objects of a chart in the order of its constructs, or of their dependencies where there are any. */
function render(chart: Chart): RenderedObject[] {
  const constructs = chart.node.findAll();
  const ordered = constructs.some((construct) => construct.node.dependencies.length > 0)
    ? new DependencyGraph(chart.node).topology()
    : constructs;
  return ordered
    .filter(
      (construct): construct is ApiObject =>
        ApiObject.isApiObject(construct) && Chart.of(construct) === chart,
    )
    .map((object) => ({ path: object.node.path, manifest: object.toJson() }));
}

function lintApp(app: App, objects: readonly RenderedObject[]): Problem[] {
  const { storage, images, existing = [] } = Environment.of(app).props;
  const pullSecret = images?.pullSecret;
  const external = [...existing, ...(pullSecret ? [{ kind: 'Secret', name: pullSecret }] : [])];
  const classes = Object.values(storage ?? {}).filter((name) => name !== undefined);
  return lint(objects, { storageClasses: classes.length > 0 ? classes : undefined, external });
}
