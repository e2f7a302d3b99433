/** The simulation as the command and the tests see it: it draws from a seed, and needs no other library. */
export { simulate } from './simulate.ts';
export type { SimulationFailure, SimulationOptions, SimulationResult } from './simulate.ts';
export type { Subject } from './run-episode.ts';
