/* What the module map links behind libarchive is what its readers of tar and zip and its filters of gzip, xz, zstd and bzip2
   need of a static library. Nothing else of it is asked for, so libxml2, liblz4 and libacl are not needed. */
#include <archive.h>
#include <archive_entry.h>
