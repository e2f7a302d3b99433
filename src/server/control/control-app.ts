/** Our own API as a Hono app, for the emulator's to mount. */
import type { Hono } from 'hono';
import type { EmulatorEnv } from '../http/emulator-env.ts';
import type { Services } from '../http/services.ts';
import { controlRoutes } from './control-routes.ts';

export const controlApp = (services: Services): Hono<EmulatorEnv> => controlRoutes(services).app;
