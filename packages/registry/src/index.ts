export { type ImageName, readImageName } from './image-name.ts';
export {
  createRegistryClient,
  type RegistryAccess,
  type RegistryClient,
  registryHeaders,
} from './registry-client.ts';
export { RegistryError, type RegistryErrorCode } from './registry-error.ts';
