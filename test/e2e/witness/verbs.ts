/** Does what the command line of a witness's program says: a verb, and what it is about. */
export function runVerb(verbs: Readonly<Record<string, (args: string[]) => Promise<void>>>): void {
  const [verb, ...args] = process.argv.slice(2);
  verbs[verb](args).then(
    () => process.exit(0),
    (error) => {
      console.error(String(error?.message ?? error));
      process.exit(1);
    },
  );
}
