export { bareName, type ImageName, readImageName, repositoryOf } from './image-name.ts';
export {
  createRegistryClient,
  type Platform,
  type RegistryAccess,
  type RegistryClient,
  registryHeaders,
} from './registry-client.ts';
export { RegistryError, type RegistryErrorCode } from './registry-error.ts';
