package definitions

import "embed"

// FS holds every .ice file that ships, rooted so that its paths are those of
// an include: "omero/API.ice", "Glacier2/Router.ice".
//
//go:embed Glacier2/*.ice Ice/*.ice IceBT/*.ice IceBox/*.ice IceGrid/*.ice IceIAP/*.ice IcePatch2/*.ice IceSSL/*.ice IceStorm/*.ice omero/*.ice omero/*/*.ice
var FS embed.FS
