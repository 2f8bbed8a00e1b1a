// A GPU in software for tests of the WebGPU device: SwiftShader and the Vulkan loader that come with Chromium (Debian:
// chromium-common). Far too slow to be of use, and never chosen for work.
import { existsSync } from 'node:fs';
import path from 'node:path';

const folders = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome', '/opt/microsoft/msedge'];
const driver = 'vk_swiftshader_icd.json';

/** The environment in which a process, from its start, finds the software adapter; undefined where there is none. */
export function softwareGpu() {
  if (process.platform !== 'linux') return undefined;
  const folder = folders.find((at) => [driver, 'libvulkan.so.1'].every((file) => existsSync(path.join(at, file))));
  if (folder === undefined) return undefined;
  const libraries = [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(path.delimiter);
  return {
    VK_ICD_FILENAMES: path.join(folder, driver),
    VK_DRIVER_FILES: path.join(folder, driver),
    LD_LIBRARY_PATH: libraries,
    COUNTERWEIGHT_SOFTWARE_GPU: '1',
  };
}
