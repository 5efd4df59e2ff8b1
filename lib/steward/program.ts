/** Logs a line of JSON with its time. */
export const log = (line: Record<string, unknown>): void =>
  console.log(JSON.stringify({ time: new Date().toISOString(), ...line }));

/**
 * Runs the role that the command line names, and ends the process with it: 0, 1 when the role failed, 2 when there is no
 * such role, 143 at SIGTERM, which the steward alone takes itself.
 */
export function runRole(program: string, roles: Readonly<Record<string, () => Promise<unknown>>>): void {
  const role = process.argv[2];
  if (!roles[role]) {
    console.error(`usage: ${program} ${Object.keys(roles).join(' | ')}; given: ${role ?? 'nothing'}`);
    process.exit(2);
  }
  if (role !== 'steward') process.once('SIGTERM', () => process.exit(143));
  roles[role]().then(
    () => process.exit(0),
    (error) => {
      log({ [role]: 'failed', reason: String(error?.message ?? error) });
      process.exit(1);
    },
  );
}
