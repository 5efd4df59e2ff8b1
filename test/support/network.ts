/** These ports, as network policies have them. */
export const tcp = (...ports: number[]) => ports.map((port) => ({ port, protocol: 'TCP' }));

/** What lets pods ask for names. */
export const DNS = {
  ports: [
    { port: 53, protocol: 'UDP' },
    { port: 53, protocol: 'TCP' },
  ],
};
