import { LabServer } from './tests/server';

/** One server, and so one Ray head, for all tests. */
export default async function setUp(): Promise<() => Promise<void>> {
  const server = LabServer.main();
  await server.start();
  return () => server.stop();
}
